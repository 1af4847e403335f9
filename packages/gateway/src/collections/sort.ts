import { didYouMean } from "@backstitch/rules/problems";
import type { Asker } from "@backstitch/rules/roles";
import { HttpProblem } from "../http/problem.ts";
import type { Column } from "../postgres/catalogue.ts";
import type { Parameters } from "../postgres/narrow.ts";
import { fieldsOf, type Collection } from "./collection.ts";
import { rightsOf } from "./visible.ts";

/** One of the columns by which documents are in order. */
export interface SortKey {
  readonly column: Column;
  readonly descending: boolean;
}

const MOST_KEYS = 4;

/**
 * Reads `-createdAt,name`; the primary key follows, so that the order is total.
 * @param asker Who may sort by what they may read of every document: an order tells of what it is by.
 * @throws HttpProblem 400
 */
export function sortOf(text: string | undefined, collection: Collection, asker: Asker): readonly SortKey[] {
  const names = text === undefined || text === "" ? [] : text.split(",");
  if (names.length > MOST_KEYS) throw unsortable(`At most ${MOST_KEYS} fields can be sorted by.`);
  const { table, rules } = collection;
  // A column beside those that documents are made of is nobody's to know.
  const fields = fieldsOf(collection);
  const { canAlwaysRead } = rightsOf(rules, asker, fields);
  const columns = table.columns.filter(({ name }) => fields.includes(name));
  const wanted = names.map((name): SortKey => {
    const descending = name.startsWith("-");
    const field = name.replace(/^[-+ ]/, "");
    const column = columns.find((one) => one.name === field && canAlwaysRead(field));
    if (column !== undefined && !UNORDERED.test(column.type)) return { column, descending };
    const readable = columns.map((one) => one.name).filter(canAlwaysRead);
    throw unsortable(`Documents cannot be sorted by ${JSON.stringify(field.slice(0, 100))}.`, didYouMean(field, readable));
  });
  const rest = table.key.filter(({ name }) => !wanted.some(({ column }) => column.name === name));
  return [...wanted, ...rest.map((column) => ({ column, descending: false }))];
}

/** Types without an order, and arrays of them. */
const UNORDERED = /^_?(?:json|jsonpath|xml|point|line|lseg|box|path|polygon|circle|xid|cid|aclitem|refcursor|txid_snapshot|pg_snapshot)$/;

function unsortable(message: string, remedy?: string): HttpProblem {
  return new HttpProblem(400, "SORT_INVALID", remedy === undefined ? message : `${message} ${remedy}`);
}

/** `ORDER BY`, as an index has it: null is last upwards and first downwards. */
export function orderBy(keys: readonly SortKey[]): string {
  return keys.map(({ column, descending }) => (descending ? `${column.sql} DESC` : column.sql)).join(", ");
}

/** What follows a row, of which the keys' values are given as the server prints them. */
export function after(keys: readonly SortKey[], values: readonly (string | null)[], parameters: Parameters): string {
  const texts = values.map((value, index) => (value === null ? "NULL" : parameters.add(value, keys[index]?.column.declared ?? "text")));
  if (isPlain(keys)) {
    const sign = keys[0]?.descending === true ? "<" : ">";
    return `(${keys.map(({ column }) => column.sql).join(", ")}) ${sign} (${texts.join(", ")})`;
  }
  const alternatives = keys.map((key, index) => {
    const same = keys
      .slice(0, index)
      .map(({ column }, at) => (values[at] === null ? `${column.sql} IS NULL` : `${column.sql} = ${texts[at] ?? ""}`));
    return [...same, beyond(key, values[index] ?? null, texts[index] ?? "")].map((text) => `(${text})`).join(" AND ");
  });
  return alternatives.map((text) => `(${text})`).join(" OR ");
}

/** One comparison of whole rows, which an index can answer. */
function isPlain(keys: readonly SortKey[]): boolean {
  return keys.every(({ column, descending }) => !column.isNullable && descending === keys[0]?.descending);
}

function beyond({ column: { sql, isNullable }, descending }: SortKey, value: string | null, text: string): string {
  if (value === null) return descending ? `${sql} IS NOT NULL` : "FALSE";
  if (descending) return `${sql} < ${text}`;
  return isNullable ? `${sql} > ${text} OR ${sql} IS NULL` : `${sql} > ${text}`;
}
