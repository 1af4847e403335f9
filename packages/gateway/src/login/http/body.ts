import type { Row, Value } from "@backstitch/core/values";
import { json } from "../../http/answer.ts";
import { HttpProblem } from "../../http/problem.ts";

const UNSTORED = { "cache-control": "no-store" };
/** Nothing that logs somebody in is longer. */
const LONGEST_TEXT = 20_000;

/** @throws HttpProblem 400 where it is not there, or is no text. */
export function textField(fields: Row, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const isText = typeof value === "string" && value !== "" && value.length <= LONGEST_TEXT;
  if (isText && value.isWellFormed() && !value.includes("\0")) return value;
  throw new HttpProblem(400, "FIELD_MISSING", `The body needs ${JSON.stringify(name)}, a text of at most ${LONGEST_TEXT} characters.`);
}

/** It may hold secrets: nobody keeps it. */
export function secretly(body: Value, status = 200): Response {
  return json(body, status, UNSTORED);
}

/** It was done, or will be where it can be: nothing is told. */
export function nothing(status: 202 | 204): Response {
  return new Response(null, { status, headers: UNSTORED });
}
