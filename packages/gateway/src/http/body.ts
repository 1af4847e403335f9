import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { readJson } from "@backstitch/rules/json";
import { readBytes } from "./bytes.ts";
import { HttpProblem } from "./problem.ts";

const MOST_BYTES = 1_048_576;

const JSON_TYPE = /^application\/(?:(?:[a-z0-9.+-]+\+)?json|ejson)$/i;

/** The JSON that a request brings: exact numbers, no name twice, at most 64 levels. @throws HttpProblem 400, 413, 415 */
export async function readBody(request: Request): Promise<Value> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (!JSON_TYPE.test(type.trim())) throw new HttpProblem(415, "NOT_JSON", "The body must be JSON: send content-type: application/json.");
  const { located, problems } = readJson("body", textOf(await readBytes(request, MOST_BYTES)));
  if (located !== undefined) return kept(located.value as Value);
  const { message, place } = problems[0] ?? { message: "It is no JSON.", place: { line: 1, column: 1 } };
  throw new HttpProblem(400, "JSON_INVALID", `The body cannot be read, line ${place.line}, column ${place.column}: ${message}`);
}

/** A number with an exponent beyond all has become infinite, which no column takes for what was sent. @throws HttpProblem 400 */
function kept(value: Value): Value {
  if (isKept(value)) return value;
  throw new HttpProblem(
    400,
    "JSON_INVALID",
    "The body holds a number that is too large to be kept. Send it as a text, or send a smaller one.",
  );
}

function isKept(value: Value): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (isList(value)) return value.every(isKept);
  return !isRow(value) || Object.values(value).every(isKept);
}

/** @throws HttpProblem 400 where it is no object */
export async function readObject(request: Request): Promise<Row> {
  const value = await readBody(request);
  if (isRow(value)) return value;
  throw new HttpProblem(400, "BODY_INVALID", "The body must be an object.");
}

/** One object, or a list of them. @throws HttpProblem 400 */
export async function readObjects(request: Request, most: number): Promise<{ readonly objects: readonly Row[]; readonly isList: boolean }> {
  const value = await readBody(request);
  const objects = isList(value) ? value : [value];
  if (objects.length > most) throw new HttpProblem(422, "TOO_MANY", `At most ${most} documents can be written at once.`);
  if (objects.every(isRow)) return { objects, isList: isList(value) };
  throw new HttpProblem(400, "BODY_INVALID", "The body must be an object, or a list of objects.");
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpProblem(400, "JSON_INVALID", "The body is not text in UTF-8.");
  }
}
