import { Secret, type JsonSchema, type Validate } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { didYouMean, type Located } from "@backstitch/rules/problems";
import type { Environment } from "./environment.ts";
import { problemAt } from "./problem.ts";
import { schemasAt, secretAt, secretsOf, type Path } from "./schema/schema-at.ts";
import { nameOf } from "./schema/words.ts";

/** Where configuration is read: a part of a file, and the schema of that part. */
export interface ConfigPlace {
  readonly located: Located;
  readonly at: Path;
  readonly schema: JsonSchema;
  readonly validate: Validate;
  readonly environment: Environment;
}

/** Configuration with its references followed. */
export interface Followed {
  /** `$secret` became a {@link Secret}, `$env` a text, number or boolean. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Paths of which nothing more is to be said: a problem was said already, or what they name is left out. */
  readonly failed: readonly Path[];
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What nobody would take for a secret: a token put where its name belongs has small letters. */
const PLAINLY_A_NAME = /^[A-Z_][A-Z0-9_]*$/;
const SET_IT = "Set it in the environment or in .env.";

/** Follows `{"$env": "NAME"}` and `{"$secret": "NAME"}` wherever they stand in a configuration. */
export function followReferences(value: unknown, { located, at, schema, environment }: Omit<ConfigPlace, "validate">): Followed {
  const problems: Problem[] = [];
  const failed: Path[] = [];

  function follow(value: unknown, path: Path): unknown {
    const kind = referenceKind(value);
    if (kind !== undefined) return settle(reference(kind, value as object, path), path);
    if (secretAt(schema, path) === "must") return settle(inPlain(value, path), path);
    if (Array.isArray(value)) return value.map((item, index) => follow(item, [...path, index]));
    if (!isPlainObject(value)) return value;
    const misspelt = misspeltReference(value, schemasAt(schema, path));
    if (misspelt !== undefined) return settle(misspelt, path);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, follow(item, [...path, name])]));
  }

  function settle(found: Fault | { readonly value: unknown }, path: Path): unknown {
    if ("value" in found) return found.value;
    failed.push(path);
    problems.push(problemAt(located.placeOf([...at, ...path]), found.code, found.message, found.remedy));
    return undefined;
  }

  function reference(kind: "$env" | "$secret", value: object, path: Path): Fault | { readonly value: unknown } {
    const malformed = malformedReference(kind, value);
    if (malformed !== undefined) return malformed;
    const named = (value as Readonly<Record<string, string>>)[kind] ?? "";
    const misplaced = misplacedReference(kind, named, path, schema);
    if (misplaced !== undefined) return misplaced;
    const text = environment.read(named);
    if (text === undefined) return environment.unset === "problem" ? notSet(kind, named, path) : leftOut(path);
    return { value: kind === "$secret" ? new Secret(text) : converted(text, schemasAt(schema, path)) };
  }

  function leftOut(path: Path): { readonly value: undefined } {
    failed.push(path);
    return { value: undefined };
  }

  return { value: follow(value, []), problems, failed };
}

function referenceKind(value: unknown): "$env" | "$secret" | undefined {
  if (!isPlainObject(value)) return undefined;
  if (Object.hasOwn(value, "$secret")) return "$secret";
  return Object.hasOwn(value, "$env") ? "$env" : undefined;
}

/** A name that is none is not quoted: it may be the secret itself. */
function malformedReference(kind: "$env" | "$secret", value: object): Fault | undefined {
  const example = `Write {"${kind}": "NAME"}, where NAME is a variable of the environment: letters, digits and underscores.`;
  const named: unknown = (value as Readonly<Record<string, unknown>>)[kind];
  if (Object.keys(value).length > 1) {
    return {
      code: "REFERENCE_MALFORMED",
      message: `"${kind}" stands alone in its object; there are other keys beside it.`,
      remedy: example,
    };
  }
  if (typeof named === "string" && NAME.test(named)) return undefined;
  return { code: "REFERENCE_MALFORMED", message: `What "${kind}" is given is not the name of a variable.`, remedy: example };
}

function misplacedReference(kind: "$env" | "$secret", named: string, path: Path, schema: JsonSchema): Fault | undefined {
  const takes = secretAt(schema, path);
  if (kind === "$env" && takes === "must") {
    return {
      code: "SECRET_BY_ENV",
      message: `${nameOf(path)} is a secret; "$env" would let it be shown.`,
      remedy: `Write {"$secret": ${shownName(named)}}.`,
    };
  }
  if (kind === "$env" || takes !== "no") return undefined;
  const secrets = secretsOf(schema).map((name) => JSON.stringify(name));
  const taken = secrets.length === 0 ? "Nothing here takes one" : `Secrets here are ${secrets.join(", ")}`;
  const message = `${nameOf(path)} does not take a secret: what it is given may be shown.`;
  return { code: "SECRET_NOT_TAKEN", message, remedy: `${taken}; elsewhere write {"$env": ${shownName(named)}}.` };
}

function shownName(named: string): string {
  return JSON.stringify(PLAINLY_A_NAME.test(named) ? named : "NAME");
}

function inPlain(value: unknown, path: Path): Fault {
  const code = "SECRET_IN_PLAIN";
  const name = nameOf(path);
  const example = `{"$secret": ${JSON.stringify(suggestedName(path))}}`;
  if (typeof value === "object")
    return { code, message: `${name} is a secret, and is not given by "$secret".`, remedy: `Write ${example}.` };
  return { code, message: `${name} is written in the file; put it in the environment and write ${example}.` };
}

/** `authToken` → `AUTH_TOKEN` */
function suggestedName(path: Path): string {
  const last = path.findLast((key) => typeof key === "string") ?? "secret";
  const name = last
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
  return NAME.test(name) ? name : "SECRET";
}

function notSet(kind: "$env" | "$secret", named: string, path: Path): Fault {
  const [code, what] = kind === "$secret" ? ["SECRET_MISSING", "secret"] : ["ENV_MISSING", "variable"];
  if (kind === "$secret" && !PLAINLY_A_NAME.test(named)) {
    const message = `${nameOf(path)} names a secret that is not set; the name is not shown, since it may be the secret itself.`;
    return { code, message, remedy: `${SET_IT} Names are shown when they have capital letters alone.` };
  }
  return { code, message: `${nameOf(path)} names the ${what} ${JSON.stringify(named)}, which is not set.`, remedy: SET_IT };
}

function misspeltReference(value: object, schemas: readonly JsonSchema[]): Fault | undefined {
  const [only = "", ...others] = Object.keys(value);
  if (others.length > 0 || !only.startsWith("$") || schemas.some(({ type }) => type === "object")) return undefined;
  const guess = didYouMean(only, ["$env", "$secret"]);
  return guess === undefined ? undefined : { code: "REFERENCE_UNKNOWN", message: `There is no ${JSON.stringify(only)}.`, remedy: guess };
}

/** An environment holds texts: where the schema wants a number or a boolean and no text, the text is read as one. */
function converted(text: string, schemas: readonly JsonSchema[]): unknown {
  const types = new Set(schemas.map(({ type }) => type));
  if (types.has("string")) return text;
  if ((types.has("number") || types.has("integer")) && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  return text;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
