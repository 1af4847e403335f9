import { createHash } from "node:crypto";
import { MOST_HOPS, type ChangeEvent, type Operation } from "@backstitch/core/source";
import { encodeValue, isRow, type Row, type Value } from "@backstitch/core/values";
import { parseExactly } from "../values/exact-json.ts";
import { BadLine, namesField, optionalRow, rowField, textField, wrong } from "./fields.ts";

const OPERATIONS: readonly Operation[] = ["insert", "update", "replace", "delete"];
const FIELDS = [
  "id",
  "operation",
  "database",
  "collection",
  "key",
  "previousKey",
  "after",
  "before",
  "unsent",
  "changed",
  "committedAt",
  "hops",
];

/** Where a line is, for what it leaves out. */
export interface LinePlace {
  readonly source: string;
  /** Byte offset of the line's first byte. */
  readonly offset: number;
}

/** The event of one line. @throws BadLine */
export function eventOf(text: string, { source, offset }: LinePlace): ChangeEvent {
  return eventFrom(parseValue(text), source, () => `${offset}/${createHash("sha256").update(text).digest("hex").slice(0, 16)}`);
}

/** The event that a line's object stands for. @param ownId The id of one that has none. @throws BadLine */
export function eventFrom(line: Value, source: string, ownId: () => string): ChangeEvent {
  const fields = fieldsOf(line);
  const operation = OPERATIONS.find((one) => one === fields["operation"]) ?? wrong(fields, "operation", `one of ${OPERATIONS.join(", ")}`);
  const after = operation === "delete" ? null : rowField(fields, "after");
  const before = operation === "insert" ? null : optionalRow(fields, "before");
  return {
    id: (fields["id"] ?? null) === null ? ownId() : textField(fields, "id"),
    source,
    origin: "log",
    operation,
    database: textField(fields, "database", ""),
    collection: textField(fields, "collection"),
    key: keyOf(fields, after ?? before ?? {}),
    previousKey: optionalRow(fields, "previousKey"),
    after,
    before,
    unsent: namesField(fields, "unsent") ?? [],
    changed: changedOf(fields, operation, { after: after ?? {}, before: before ?? undefined }),
    committedAt: timeOf(fields),
    hops: hopsOf(fields),
  };
}

function fieldsOf(fields: Value): Row {
  if (!isRow(fields)) throw new BadLine("is not a JSON object");
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    const fieldsAre = `the fields are ${FIELDS.join(", ")}`;
    throw new BadLine(`has a field ${JSON.stringify(unknown)}; ${fieldsAre}`, `has a field that is not known; ${fieldsAre}`);
  }
  return fields;
}

function parseValue(text: string): Value {
  try {
    return parseExactly(text);
  } catch {
    throw new BadLine("is not JSON");
  }
}

/** Absent, it is the field `id` of the row; null, the row has none. */
function keyOf(fields: Row, row: Row): Row | null {
  if (fields["key"] === null) return null;
  if (fields["key"] !== undefined) return rowField(fields, "key");
  return Object.hasOwn(row, "id") ? { id: row["id"] as Value } : null;
}

function changedOf(
  fields: Row,
  operation: Operation,
  { after, before }: { after: Row; before: Row | undefined },
): readonly string[] | undefined {
  const given = namesField(fields, "changed");
  if (operation === "insert") return Object.keys(after);
  if (operation === "delete") return [];
  return given ?? (before === undefined ? undefined : differing(before, after, namesField(fields, "unsent") ?? []));
}

/** A field that is gone changed too, but for one that was not sent. */
function differing(before: Row, after: Row, unsent: readonly string[]): readonly string[] {
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name) && !unsent.includes(name) && !unsent.includes("*"));
  const changed = Object.keys(after).filter((name) => !same(after[name], Object.hasOwn(before, name) ? before[name] : undefined));
  return [...changed, ...gone];
}

function same(left: Value | undefined, right: Value | undefined): boolean {
  return left === undefined || right === undefined ? left === right : encodeValue(left) === encodeValue(right);
}

function hopsOf(fields: Row): number | undefined {
  const { hops = null } = fields;
  if (hops === null) return undefined;
  const isWhole = typeof hops === "number" && Number.isInteger(hops) && hops >= 0 && hops <= MOST_HOPS;
  return isWhole ? hops : wrong(fields, "hops", `a whole number from 0 to ${MOST_HOPS}`);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,6}))?(?:Z|[+-]\d\d:\d\d)$/;

/** In UTC with microseconds, however it was written. Absent it is 1970: the same line has the same time on every read. */
function timeOf(fields: Row): string {
  const text = textField(fields, "committedAt", "1970-01-01T00:00:00Z");
  const match = TIME.exec(text);
  const ms = match === null ? NaN : Date.parse(text.replace(/\.\d+/, ""));
  if (Number.isNaN(ms)) wrong(fields, "committedAt", "a time like 2026-01-31T12:00:00Z");
  return `${new Date(ms).toISOString().slice(0, 19)}.${(match?.[1] ?? "").padEnd(6, "0")}Z`;
}
