import type { ChangeEvent, Operation } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";
import { differing } from "../values/differing.ts";
import { timeFromText } from "../values/times.ts";
import { optionalRow, optionalText, own, pick, rowAt, rowOf, textAt } from "./fields.ts";
import { collectionOf, hashOf, keyFrom, timeNow } from "./identity.ts";
import type { DecodeOptions } from "./options.ts";

const OPERATIONS: ReadonlyMap<Value | undefined, Operation> = new Map([
  ["load", "insert"],
  ["insert", "insert"],
  ["update", "update"],
  ["delete", "delete"],
]);

/**
 * A record that AWS DMS puts on Kinesis or Kafka.
 *
 * - `id` is schema, table, commit time, transaction and the record's number in it where the endpoint has `IncludeTransactionDetails`. Without them it is a hash of the
 *   record: a stream's own repeats have the same, what DMS sends again after a restart may have another.
 * - `origin` of a full load's rows (`load`) is `snapshot`.
 * - `database` is empty: a record does not say it. `collection` is the table, with its schema before it unless that is `public` or `dbo`; MySQL's schema is the database.
 * - `key` is of the fields that {@link DecodeOptions.keys} names, else `id`: a record does not tell which they are.
 * - `before` is the before-image (`BeforeImageSettings`, under whatever field it was told to use) where that has every field of `data`, and more than the key.
 *   `ColumnFilter: all` and `IncludeNullAndEmpty` tell it. The data of a delete is not: PostgreSQL sends the key alone, and DMS fills the rest with nulls.
 * - `previousKey` is from the before-image.
 * - `changed` of an update is undefined where `before` is.
 * - A column that is missing was null or empty, unless the endpoint has `IncludeNullAndEmpty`; a large object may be missing too.
 * - Nothing tells types: a timestamp is text as DMS writes it, JSON is text, bytes are hexadecimal, and a decimal's last zeros may be gone.
 *
 * @returns undefined for a control record (`create-table`, `drop-table`, …).
 * @throws TypeError where it is no such record; the message holds none of its values.
 */
export function decodeDms(record: unknown, options: DecodeOptions): ChangeEvent | undefined {
  const fields = rowOf(record, "The record");
  const metadata = rowAt(fields, "metadata");
  if (own(metadata, "record-type") === "control" || Object.hasOwn(fields, "control")) return undefined;
  const operation = OPERATIONS.get(own(metadata, "operation"));
  if (operation === undefined) throw new TypeError('"metadata.operation" must be load, insert, update or delete.');
  const data = rowAt(fields, "data");
  const schema = optionalText(metadata, "schema-name");
  const table = textAt(metadata, "table-name");
  const collection = collectionOf(schema, table, options);
  const key = keyFrom(data, collection, options);
  return {
    id: [schema ?? "", table, ...transactionOf(metadata, fields)].join("/"),
    source: options.source,
    origin: own(metadata, "operation") === "load" ? "snapshot" : "log",
    operation,
    database: "",
    collection,
    key,
    ...imagesOf({ operation, data, key, image: beforeImage(fields) }),
    committedAt: timeOf(metadata) ?? timeNow(options),
  };
}

/** A transaction's number comes round again after a while; its commit time does not. */
function transactionOf(metadata: Row, record: Row): readonly string[] {
  const names = ["commit-timestamp", "transaction-id", "transaction-record-id"];
  const parts = names.map((name) => own(metadata, name));
  const areTold = parts.every((part) => typeof part === "string" || typeof part === "number" || typeof part === "bigint");
  return areTold ? parts.map(String) : [hashOf(record)];
}

function timeOf(metadata: Row): string | undefined {
  return timeFromText(optionalText(metadata, "commit-timestamp") ?? optionalText(metadata, "timestamp") ?? "");
}

/** Its field's name is a setting of the task. */
function beforeImage(record: Row): Row | undefined {
  const name = Object.keys(record).find((one) => one !== "data" && one !== "metadata");
  return name === undefined ? undefined : optionalRow(record, name);
}

interface Sent {
  readonly operation: Operation;
  readonly data: Row;
  readonly key: Row | null;
  readonly image: Row | undefined;
}

function imagesOf({ operation, data, key, image }: Sent): Pick<ChangeEvent, "previousKey" | "after" | "before" | "unsent" | "changed"> {
  if (operation === "insert") return { previousKey: undefined, after: data, before: null, unsent: [], changed: Object.keys(data) };
  const before = image !== undefined && isWhole(image, data, key) ? image : undefined;
  if (operation === "delete") return { previousKey: undefined, after: null, before, unsent: [], changed: [] };
  return { previousKey: previousKey(key, image), after: data, before, unsent: [], changed: before && differing(before, data) };
}

function isWhole(image: Row, data: Row, key: Row | null): boolean {
  const names = Object.keys(image);
  const more = names.length > Object.keys(key ?? {}).length;
  return more && Object.keys(data).every((name) => Object.hasOwn(image, name));
}

/** The before-image has the key's columns only where they changed, or where it has all. */
function previousKey(key: Row | null, image: Row | undefined): Row | undefined {
  if (key === null || image === undefined) return undefined;
  const previous = pick({ ...key, ...image }, Object.keys(key));
  return hashOf(previous) === hashOf(key) ? undefined : previous;
}
