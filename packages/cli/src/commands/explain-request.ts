import { isRow, jsonText, type Row } from "@backstitch/core/values";
import { askedPaths, changedPaths, patchOf, replacementOf, revisedBy, sightOf } from "@backstitch/gateway/changes";
import { didYouMean, listOf, readJson } from "@backstitch/rules/json";
import { explainAccess, type Access, type AccessExplanation, type Asker, type CollectionRules } from "@backstitch/rules/roles";
import { colours as pc } from "../colours.ts";
import { printCondition } from "../explain/print.ts";
import { describeProblems, openProject } from "../open-project.ts";
import { Quit } from "../quit.ts";
import { tables } from "../tables.ts";
import { textIn } from "../text-in.ts";

interface ExplainRequestOptions {
  readonly project: string;
  readonly json: boolean;
  /** Shows values whole. */
  readonly reveal: boolean;
}

/** A request as it is written in a file. */
interface WrittenRequest {
  readonly method: string;
  readonly user: Row | undefined;
  readonly request: Row | undefined;
  /** As it is stored. */
  readonly document: Row | undefined;
  readonly body: Row | undefined;
}

const METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"];
const KEYS = ["method", "user", "request", "document", "body"];
const LONGEST = { shown: 60, revealed: 10_000 };

/** `backstitch explain COLLECTION --request FILE`: which role and which leaf permits a request, or does not. */
export async function explainRequest(name: string, file: string, options: ExplainRequestOptions): Promise<void> {
  const project = await openProject(options.project, tables, process.env, { unset: "leave-out" });
  const rules = collectionOf(name, project.gateway?.collections ?? []);
  const request = requestOf(file, await textIn(file, "request"));
  const { user } = request;
  const asker = { user, request: request.request, values: project.gateway?.values ?? {} };
  const explanation = explainAccess(rules, asker, accessOf(rules, asker, request));
  if (options.json) return console.log(jsonText(explanation as unknown as Row));
  for (const line of print(explanation, `${request.method} ${rules.name}`, options.reveal ? LONGEST.revealed : LONGEST.shown))
    console.log(line);
}

function collectionOf(given: string, collections: readonly CollectionRules[]): CollectionRules {
  const name = given.replace(/^(?:\.\/)?collections\//, "").replace(/\.json$/, "");
  const found = collections.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = collections.map((one) => one.name);
  const remedy = didYouMean(name, names) ?? (names.length === 0 ? "The folder collections/ is empty." : `There are ${listOf(names)}.`);
  throw new Quit(`There is no collection ${JSON.stringify(name)}. ${remedy}`);
}

function requestOf(file: string, text: string): WrittenRequest {
  const { located, problems } = readJson(file, text);
  if (located === undefined) throw new Quit(describeProblems(problems));
  const written = located.value;
  if (!isRow(written as Row)) throw new Quit(`${file}: A request is an object with ${listOf(KEYS)}.`);
  const { method = "GET", ...parts } = written as Row;
  const unknown = Object.keys(parts).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw new Quit(`${file}: There is no ${JSON.stringify(unknown)}. ${didYouMean(unknown, KEYS) ?? `There are ${listOf(KEYS)}.`}`);
  if (typeof method !== "string" || !METHODS.includes(method)) throw new Quit(`${file}: "method" is one of ${listOf(METHODS)}.`);
  const part = (key: string): Row | undefined => {
    const value = parts[key];
    if (value === undefined || value === null || isRow(value)) return value ?? undefined;
    throw new Quit(`${file}: ${JSON.stringify(key)} must be an object.`);
  };
  return { method, user: part("user"), request: part("request"), document: part("document"), body: part("body") };
}

function accessOf(rules: CollectionRules, asker: Asker, { method, document, body = {} }: WrittenRequest): Access {
  if (method === "GET" || method === "DELETE") {
    if (document === undefined) throw new Quit(`"${method}" needs the "document" that is asked for.`);
    return method === "GET" ? { read: document } : { write: { before: document, after: undefined, changed: [] } };
  }
  if (document === undefined) return { write: { before: undefined, after: body, changed: changedPaths({}, body) } };
  const revision = (method === "PUT" ? replacementOf : patchOf)(rules.document, body);
  const revised = revisedBy(document, sightOf(rules, asker, document, revision), revision);
  const { document: after, fields } = revised;
  // What writes nothing is answered as if it were read.
  return fields.length === 0 ? { read: document } : { write: { before: document, after, changed: askedPaths(document, after, revised) } };
}

function print({ allowed, because, steps, withheld }: AccessExplanation, what: string, cut: number): readonly string[] {
  const mark = allowed ? pc.green("✓") : pc.red("✗");
  const lines = steps.flatMap(({ what: where, state, when }) => {
    const title = state === "written" ? `${where} (as it would be written)` : where;
    return ["", `  ${pc.bold(title)}`, ...printCondition(when, cut).filter((line) => line !== "")];
  });
  const hidden = withheld === undefined || withheld.length === 0 ? [] : ["", `  Withheld: ${withheld.join(", ")}`];
  return [`${mark} ${pc.bold(what)}: ${because}`, ...lines, ...hidden];
}
