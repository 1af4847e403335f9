import type { JsonSchema, SchemaFault } from "@backstitch/core/connector";
import type { ErrorObject } from "ajv/dist/2020.js";
import { faultWords } from "./fault-words.ts";
import { isSensitive, schemasAt, type Path } from "./schema-at.ts";
import { either, nameOf, quote, typeWords } from "./words.ts";

/** What the validator found, as faults for people: one fault for each mistake, however many branches of an `anyOf` it fails. */
export function faultsOf(
  errors: readonly ErrorObject[],
  schema: JsonSchema,
  value: unknown,
  { quotes }: { readonly quotes: boolean },
): readonly SchemaFault[] {
  const faults = withoutBranches(errors).map((error) => {
    const path = pathOf(error.instancePath, value);
    return faultOf(error, { root: schema, path, sensitive: !quotes || isSensitive(schema, path) });
  });
  return faults.filter((fault, index) => faults.findIndex((other) => isSame(other, fault)) === index);
}

function isSame(left: SchemaFault, right: SchemaFault): boolean {
  return left.message === right.message && left.property === right.property && left.path.join("\0") === right.path.join("\0");
}

/** Puts the errors of the branch that the value was meant for in the place of the whole choice; where none is plain, the choice stands for its branches. */
function withoutBranches(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choice = errors.findLastIndex(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const error = errors[choice];
  if (error === undefined) return errors;
  const isBranch = (other: ErrorObject, index: number): boolean => index < choice && belongsTo(other, error);
  const meant = meantBranch(errors.filter(isBranch), error);
  const others = errors.filter((other, index) => !isBranch(other, index) && index !== choice);
  const [before, after] = [
    others.filter((other) => errors.indexOf(other) < choice),
    others.filter((other) => errors.indexOf(other) > choice),
  ];
  if (meant === undefined) return [...withoutBranches(before), error, ...after];
  return [...withoutBranches(before), ...withoutBranches(meant), ...after];
}

function belongsTo(error: ErrorObject, choice: ErrorObject): boolean {
  if (!isWithin(error.instancePath, choice.instancePath)) return false;
  return error.schemaPath.startsWith(`${choice.schemaPath}/`) || error.schemaPath.startsWith("#/$defs/");
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`);
}

/** The one branch whose type is the value's. A branch behind a `$ref` cannot be told from another: then none is meant. */
function meantBranch(errors: readonly ErrorObject[], choice: ErrorObject): readonly ErrorObject[] | undefined {
  const branches = Map.groupBy(errors, ({ schemaPath }) =>
    schemaPath.startsWith(`${choice.schemaPath}/`) ? schemaPath.slice(choice.schemaPath.length + 1).split("/")[0] : undefined,
  );
  if (branches.has(undefined)) return undefined;
  const fitting = [...branches.values()].filter((branch) => !branch.some((error) => isTypeFault(error, choice)));
  return fitting.length === 1 && !fitting[0]?.every(({ keyword }) => keyword === "const") ? fitting[0] : undefined;
}

function isTypeFault(error: ErrorObject, choice: ErrorObject): boolean {
  return error.keyword === "type" && error.instancePath === choice.instancePath;
}

interface Place {
  readonly root: JsonSchema;
  readonly path: Path;
  readonly sensitive: boolean;
}

function faultOf(error: ErrorObject, { root, path, sensitive }: Place): SchemaFault {
  const { keyword } = error;
  switch (keyword) {
    case "required": {
      const property = String(error.params["missingProperty"]);
      return { path, keyword, property, message: `${JSON.stringify(property)} is missing.` };
    }
    case "additionalProperties": {
      const property = String(error.params["additionalProperty"]);
      const message = sensitive ? `${nameOf(path)} has a key that is not known.` : `There is no key ${quote(property)}.`;
      return { path, keyword, property, allowed: keysAt(root, path), message };
    }
    case "anyOf":
    case "oneOf":
    case "not":
      return choiceFault(error, path, sensitive);
    default:
      return { path, keyword, message: wordsOf(error, nameOf(path), sensitive), ...allowedBy(error) };
  }
}

function wordsOf(error: ErrorObject, name: string, sensitive: boolean): string {
  const { keyword, schema: operand, parentSchema, data: value, message = "is not valid" } = error;
  return faultWords({ keyword, operand, schema: parentSchema as JsonSchema, value, name, sensitive, otherwise: message });
}

function allowedBy({ keyword, schema: operand }: ErrorObject): { readonly allowed?: readonly string[] } {
  if (keyword !== "enum") return {};
  return { allowed: (operand as readonly unknown[]).filter((one) => typeof one === "string") };
}

/** Where the choice is between keys, the fault is one of keys that are there or not, whatever their values. */
function choiceFault(error: ErrorObject, path: Path, sensitive: boolean): SchemaFault {
  const { keyword, params, schema: operand, data } = error;
  const name = nameOf(path);
  const branches = (keyword === "not" ? [operand] : operand) as readonly JsonSchema[];
  const isTooMuch = keyword === "not" || (keyword === "oneOf" && (params["passingSchemas"] as unknown) !== null);
  const keys = keysOfEach(branches, data);
  if (keys !== undefined && isTooMuch)
    return { path, keyword: "dependentSchemas", message: `${name} can have only one of ${keys.join(" and ")}.` };
  if (keys !== undefined) return { path, keyword: "required", message: `${name} needs ${either(keys)}.` };
  if (keyword === "not") return { path, keyword, message: wordsOf(error, name, sensitive) };
  if (isTooMuch) return { path, keyword, message: `${name} fits more than one of its forms; it must fit exactly one.` };
  const forms = branches.map(formWords);
  const is = sensitive ? `${name} must be` : `${name} is ${quote(data)}; it must be`;
  return { path, keyword, message: forms.includes("") ? `${name} fits none of its forms.` : `${is} ${either([...new Set(forms)])}.` };
}

/** The keys that each branch wants; undefined where one wants something else. */
function keysOfEach(branches: readonly JsonSchema[], data: unknown): readonly string[] | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const keys = branches.flatMap(({ required }) =>
    required === undefined ? [] : [required.map((key) => JSON.stringify(key)).join(" and ")],
  );
  return keys.length === branches.length ? keys : undefined;
}

function formWords(branch: JsonSchema): string {
  if (branch.const !== undefined) return quote(branch.const);
  if (branch.enum !== undefined) return either(branch.enum.map(quote));
  return branch.type === undefined ? "" : typeWords(branch.type);
}

function keysAt(root: JsonSchema, path: Path): readonly string[] {
  return [...new Set(schemasAt(root, path).flatMap(({ properties = {} }) => Object.keys(properties)))];
}

/** A JSON pointer has texts alone: whether a step is an index is up to the value. */
function pathOf(pointer: string, value: unknown): Path {
  let here: unknown = value;
  return pointer
    .split("/")
    .slice(1)
    .map((escaped) => {
      const text = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
      const key = Array.isArray(here) ? Number(text) : text;
      here = (here as Readonly<Record<string | number, unknown>>)[key];
      return key;
    });
}
