import type { ChangeEvent, Operation } from "@backstitch/core/source";
import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { differing } from "../values/differing.ts";
import { envelopeOf, messageKey, messageOf } from "./debezium/envelope.ts";
import { commitTime, idFrom } from "./debezium/position.ts";
import { fieldSchema, typedRow } from "./debezium/types.ts";
import { optionalRow, optionalText, own, pick, rowAt, textAt } from "./fields.ts";
import { collectionOf, hashOf, keyFrom } from "./identity.ts";
import type { DecodeOptions } from "./options.ts";

const OPERATIONS: ReadonlyMap<Value | undefined, Operation | undefined> = new Map([
  ["c", "insert"],
  ["r", "insert"],
  ["u", "update"],
  ["d", "delete"],
  // A table that was emptied, and a message in the log, are no change of a row.
  ["t", undefined],
  ["m", undefined],
]);

/**
 * A change event of Debezium's relational connectors, as its JSON converter writes it.
 *
 * - `id` is server, table, commit time, position in the log, and a hash of operation and rows. Rows of a table without key that are alike to the last value
 *   and came by one write (a COPY, a snapshot) cannot be told apart, unless `provide.transaction.metadata` numbers them.
 * - `origin` of what a snapshot read (`r`) is `snapshot`.
 * - `key` is the message's key ({@link DecodeOptions.key}); without one the fields that {@link DecodeOptions.keys} names, else `id`.
 * - A changed key arrives as a delete and an insert; `previousKey` is known only where it arrives as an update (a replica identity by index).
 * - `before` is undefined where PostgreSQL sent no more than the key: the connector fills the other columns with null, 0 and empty texts then, so that
 *   a row that has nothing else is taken for such a one. `REPLICA IDENTITY FULL` tells it.
 * - `unsent` has the columns with `__debezium_unavailable_value`, but for those that `before` has.
 * - `changed` of an update is undefined where `before` is.
 * - With the schema beside it (`schemas.enable`), decimals, dates, times, timestamps and JSON documents are read as what they are. Without it nothing tells them:
 *   a decimal stays base64, a timestamp a number. Set `decimal.handling.mode: string` and `time.precision.mode: isostring` there. A time in nanoseconds is cut to microseconds.
 *
 * @returns undefined where no row changed: a tombstone, a truncation, a message, a heartbeat, a transaction's beginning or end, a change of schema.
 * @throws TypeError or RangeError where it is none of these; the message holds none of its values.
 */
export function decodeDebezium(record: unknown, options: DecodeOptions): ChangeEvent | undefined {
  const { payload, schema } = messageOf((record ?? null) as Value);
  const envelope = envelopeOf(payload);
  if (envelope === undefined) return undefined;
  const operation = operationOf(envelope);
  if (operation === undefined) return undefined;
  const source = rowAt(envelope, "source");
  const collection = collectionOf(optionalText(source, "schema"), textAt(source, "table"), options);
  const rows = rowsOf(envelope, schema, operation);
  const { key, isTold } = keysOf(rows, collection, options);
  return {
    id: idFrom(source, whatOf(envelope, isTold)),
    source: options.source,
    origin: envelope["op"] === "r" ? "snapshot" : "log",
    operation,
    database: optionalText(source, "db") ?? "",
    collection,
    ...imagesOf(rows, { key, isTold, source }),
    committedAt: commitTime(source, options),
  };
}

function operationOf(envelope: Row): Operation | undefined {
  const op = own(envelope, "op");
  if (!OPERATIONS.has(op)) throw new TypeError('"op" must be c, u, d, r, t or m.');
  return OPERATIONS.get(op);
}

interface Rows {
  readonly operation: Operation;
  readonly after: Row | null;
  readonly before: Row | null;
}

function rowsOf(envelope: Row, schema: Value | undefined, operation: Operation): Rows {
  const rowOf = (name: string): Row | undefined => {
    const row = optionalRow(envelope, name);
    return row && typedRow(row, fieldSchema(schema, name));
  };
  const after = operation === "delete" ? null : (rowOf("after") ?? rowAt(envelope, "after"));
  return { operation, after, before: operation === "insert" ? null : (rowOf("before") ?? null) };
}

/** What one position's rows are told apart by. Where there is no key, alike rows have only their number in the transaction. */
function whatOf(envelope: Row, isTold: boolean): Value {
  const transaction = own(envelope, "transaction");
  const order = !isTold && isRow(transaction) ? (own(transaction, "total_order") ?? null) : null;
  return [own(envelope, "op") ?? null, own(envelope, "before") ?? null, own(envelope, "after") ?? null, order];
}

interface Keys {
  readonly key: Row | null;
  /** Whether the message, or the project, says which fields the key has, or that there is none. */
  readonly isTold: boolean;
}

function keysOf({ after, before }: Rows, collection: string, options: DecodeOptions): Keys {
  const told = messageKey(options);
  if (told !== undefined) return { key: told, isTold: true };
  return { key: keyFrom(after ?? before ?? {}, collection, options), isTold: Object.hasOwn(options.keys ?? {}, collection) };
}

type Images = Pick<ChangeEvent, "key" | "previousKey" | "after" | "before" | "unsent" | "changed">;

function imagesOf(rows: Rows, { key, isTold, source }: Keys & { readonly source: Row }): Images {
  const { operation } = rows;
  if (operation === "insert") {
    const after = rows.after ?? {};
    return { key, previousKey: undefined, after, before: null, unsent: unavailable(after), changed: Object.keys(after) };
  }
  const isWhole = own(source, "connector") !== "postgresql" || tellsMoreThan(isTold || key !== null ? key : undefined, rows.before);
  const before = rows.before !== null && isWhole && unavailable(rows.before).length === 0 ? rows.before : undefined;
  if (operation === "delete") return { key, previousKey: undefined, after: null, before, unsent: [], changed: [] };
  const { after, unsent } = filled(rows.after ?? {}, before);
  return { key, previousKey: previousKey(key, rows.before), after, before, unsent, changed: before && differing(before, after) };
}

/** Null, 0, false and empty texts are also what the connector fills a row with of which it got the key alone. */
function tellsMoreThan(key: Row | null | undefined, before: Row | null): boolean {
  if (before === null) return false;
  if (key === null) return true;
  const rest = Object.entries(before).filter(([name]) => key === undefined || !Object.hasOwn(key, name));
  // Which fields are the key is not known: only a row without any blank is surely whole.
  return key === undefined ? rest.every(([, value]) => !isBlank(value)) : rest.length === 0 || rest.some(([, value]) => !isBlank(value));
}

function isBlank(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  return value === null || value === "" || value === false || (typeof value !== "object" && Number(value) === 0);
}

function previousKey(key: Row | null, before: Row | null): Row | undefined {
  if (key === null || before === null) return undefined;
  const names = Object.keys(key);
  if (!names.every((name) => Object.hasOwn(before, name))) return undefined;
  const previous = pick(before, names);
  return hashOf(previous) === hashOf(key) ? undefined : previous;
}

/** What was not sent since it did not change is in the row before. */
function filled(after: Row, before: Row | undefined): { readonly after: Row; readonly unsent: readonly string[] } {
  const missing = unavailable(after);
  const unsent = missing.filter((name) => before === undefined || !Object.hasOwn(before, name));
  const entries = Object.entries(after).filter(([name]) => !unsent.includes(name));
  return { after: rowFrom(entries.map(([name, value]) => [name, missing.includes(name) ? (before?.[name] ?? null) : value])), unsent };
}

const PLACEHOLDER = "__debezium_unavailable_value";
const PLACEHOLDER_BYTES = Buffer.from(PLACEHOLDER).toString("base64");

function unavailable(row: Row): readonly string[] {
  return Object.keys(row).filter((name) => isUnavailable(row[name]));
}

/** Also as bytes, as the only item of an array, and as the only entry of a map. */
function isUnavailable(value: Value | undefined): boolean {
  if (isList(value)) return value.length === 1 && isUnavailable(value[0]);
  if (isRow(value)) return Object.hasOwn(value, PLACEHOLDER);
  return value === PLACEHOLDER || value === PLACEHOLDER_BYTES;
}
