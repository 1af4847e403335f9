import { formatProblem } from "@backstitch/core/rules";
import { rowFrom, type Row } from "@backstitch/core/values";
import { didYouMean, listOf } from "@backstitch/rules/problems";
import { readQuery, type Query } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";

/** What the address of a list asks for. */
export interface ListParameters {
  readonly query: Query | undefined;
  readonly sort: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly count: boolean;
  /** The fields that are wanted. Undefined: all. */
  readonly fields: readonly string[] | undefined;
}

const NAMES = ["filter", "sort", "limit", "cursor", "count", "fields"];
export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 1_000;

/** @throws HttpProblem 400 */
export function listParameters(given: URLSearchParams): ListParameters {
  checkNames(given, NAMES);
  const filter = given.get("filter");
  return {
    query: filter === null ? undefined : queryOf(filter),
    sort: given.get("sort") ?? undefined,
    limit: limitOf(given.get("limit")),
    cursor: given.get("cursor") ?? undefined,
    count: truth("count", given.get("count")),
    fields: fieldsOf(given),
  };
}

/** The fields that are wanted of one document. @throws HttpProblem 400 */
export function documentParameters(given: URLSearchParams): Pick<ListParameters, "fields"> {
  checkNames(given, ["fields"]);
  return { fields: fieldsOf(given) };
}

function checkNames(given: URLSearchParams, names: readonly string[]): void {
  for (const name of new Set(given.keys())) {
    const quoted = JSON.stringify(name.slice(0, 100));
    if (!names.includes(name)) {
      const remedy = didYouMean(name, names) ?? `There are ${listOf(names)}.`;
      throw new HttpProblem(400, "PARAMETER_UNKNOWN", `There is no parameter ${quoted}. ${remedy}`);
    }
    if (given.getAll(name).length > 1) throw new HttpProblem(400, "PARAMETER_REPEATED", `The parameter ${quoted} is given more than once.`);
  }
}

/** @throws HttpProblem 400 with every problem of the filter */
export function queryOf(text: string): Query {
  const read = readQuery(text);
  if (read.problems === undefined) return read.query;
  const [first] = read.problems;
  const sentence = first === undefined ? "It cannot be read." : [first.message, first.remedy].filter(Boolean).join(" ");
  throw new HttpProblem(400, "FILTER_INVALID", `The filter cannot be used: ${sentence}`, {
    more: { problems: read.problems.map(formatProblem) },
  });
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LARGEST_LIMIT) return limit;
  throw new HttpProblem(
    400,
    "LIMIT_INVALID",
    `The limit is ${JSON.stringify(text.slice(0, 20))}; it is a whole number from 1 to ${LARGEST_LIMIT}.`,
  );
}

function truth(name: string, text: string | null): boolean {
  if (text === null || text === "false") return false;
  if (text === "true" || text === "") return true;
  throw new HttpProblem(400, "PARAMETER_INVALID", `${JSON.stringify(name)} is true or false.`);
}

function fieldsOf(given: URLSearchParams): readonly string[] | undefined {
  const text = given.get("fields");
  return text === null || text === "" ? undefined : text.split(",");
}

/** The document with the wanted fields alone. */
export function projected(document: Row, fields: readonly string[] | undefined): Row {
  if (fields === undefined) return document;
  return rowFrom(Object.entries(document).filter(([name]) => fields.includes(name)));
}
