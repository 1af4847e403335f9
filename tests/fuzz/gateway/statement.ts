import type { Table } from "../../../packages/gateway/src/postgres/catalogue.ts";

const WORDS = new Set([
  ..."SELECT FROM WHERE ORDER BY LIMIT AND OR NOT IS NULL TRUE FALSE COLLATE DESC count AS".split(" "),
  ..."( ) , * = < > <= >= <>".split(" "),
  "'NaN'",
]);
const TOKEN = /\s+|"(?:[^"]|"")*"(?:\."(?:[^"]|"")*")?|\$(\d+)::([a-z0-9_."]+)|'NaN'|[A-Za-z]+|<=|>=|<>|[(),*=<>]|\d+/y;

/** What may stand in a statement over a table. */
export interface Vocabulary {
  readonly names: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

export function vocabularyOf({ sql, columns }: Table): Vocabulary {
  return {
    names: new Set([sql, '"C"', ...columns.map((column) => column.sql)]),
    types: new Set(["int8", "numeric", "float8", "text", "uuid", "date", ...columns.flatMap(({ type, declared }) => [type, declared])]),
  };
}

/** What is wrong with a statement: it may hold names of the catalogue, words written here, and parameters with a type of the catalogue. Undefined: nothing. */
export function defectOf(sql: string, parameters: readonly (string | null)[], { names, types }: Vocabulary): string | undefined {
  const used: string[] = [];
  let last = "";
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(sql);
    if (found === null) return `unreadable from ${from}`;
    const [token, number, type] = found;
    if (token.trim() === "") continue;
    const isKnown =
      number === undefined ? WORDS.has(token) || names.has(token) || (/^\d{1,5}$/.test(token) && last === "LIMIT") : types.has(type ?? "");
    if (!isKnown || (token === '"C"') !== (last === "COLLATE")) return `${JSON.stringify(token)} after ${last}`;
    if (number !== undefined) used.push(number);
    last = token;
  }
  const wanted = parameters.map((_, index) => String(index + 1));
  if ([...new Set(used)].toSorted().join() !== wanted.toSorted().join()) return `the parameters ${used.join()} of ${parameters.length}`;
  return parameters.every((value) => value === null || typeof value === "string") ? undefined : "a parameter that is no text";
}
