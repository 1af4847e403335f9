import type { ChangeEvent } from "@backstitch/core/source";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { mongoChange } from "../mongodb/change.ts";
import { envelopeOf, messageOf } from "./debezium/envelope.ts";
import { commitTime, idFrom } from "./debezium/position.ts";
import { fromExtendedJson } from "./extended-json.ts";
import { own, rowAt, rowOf, textAt } from "./fields.ts";
import type { DecodeOptions } from "./options.ts";
import { parseRecord } from "./parse.ts";

/**
 * A change event of Debezium's MongoDB connector: documents are texts of Extended JSON in it, which is exact with and without a schema beside it.
 *
 * - `id` is server, collection, time, position in the log, and a hash of operation, key and documents, since a transaction's changes share their time.
 * - `origin` of what a snapshot read (`r`) is `snapshot`.
 * - `key` is the message's key ({@link DecodeOptions.key}), else the document's `_id`; null after a delete where there is neither.
 * - `after` of an update is what the connector looked up or has the pre-image of (`capture.mode` with `_update_full`); without it `after` holds the key and the fields that were
 *   set as a whole, and `unsent` is `["*"]`. `before` takes `capture.mode` with `_with_pre_image`.
 * - An update without description of what it did is a replacement.
 *
 * @returns undefined where no document changed: a tombstone, a heartbeat, a transaction's beginning or end.
 * @throws TypeError or RangeError where it is none of these; the message holds none of its values.
 */
export function decodeDebeziumMongoDb(record: unknown, options: DecodeOptions): ChangeEvent | undefined {
  const envelope = envelopeOf(messageOf((record ?? null) as Value).payload);
  if (envelope === undefined) return undefined;
  const source = rowAt(envelope, "source");
  const operation = operationOf(envelope);
  const [before, after] = [documentAt(envelope, "before"), documentAt(envelope, "after")];
  const key = messageKey(options) ?? idOf(after) ?? idOf(before);
  const what: Value = [own(envelope, "op") ?? null, key, after, before, own(envelope, "updateDescription") ?? null];
  const change = rowFrom<Value>([
    ["_id", { _data: idFrom(source, what) }],
    ["operationType", operation],
    ["ns", { db: textAt(source, "db"), coll: textAt(source, "collection") }],
    ["documentKey", key ?? {}],
    ["fullDocument", after],
    ["fullDocumentBeforeChange", before],
    ["updateDescription", descriptionOf(envelope) ?? null],
    ["wallTime", commitTime(source, options)],
  ]);
  const event = mongoChange(change, options);
  return event && { ...event, key, origin: own(envelope, "op") === "r" ? "snapshot" : "log" };
}

function operationOf(envelope: Row): string {
  const isUpdate = descriptionOf(envelope) !== undefined;
  const operations = new Map([
    ["c", "insert"],
    ["r", "insert"],
    ["u", isUpdate ? "update" : "replace"],
    ["d", "delete"],
  ]);
  const operation = operations.get(textAt(envelope, "op"));
  if (operation === undefined) throw new TypeError('"op" must be c, u, d or r.');
  return operation;
}

/** Removed fields and cut arrays as the change stream itself has them. */
function descriptionOf(envelope: Row): Row | undefined {
  const given = own(envelope, "updateDescription");
  if (given === undefined || given === null) return undefined;
  const description = rowOf(given, '"updateDescription"');
  return rowFrom<Value>([
    ["updatedFields", documentAt(description, "updatedFields") ?? {}],
    ["removedFields", own(description, "removedFields") ?? []],
    ["truncatedArrays", own(description, "truncatedArrays") ?? []],
  ]);
}

/** A document as text; null where there is none. */
function documentAt(row: Row, name: string): Row | null {
  const text = own(row, name);
  if (text === undefined || text === null) return null;
  if (typeof text !== "string") throw new TypeError(`${JSON.stringify(name)} is not a text.`);
  return rowOf(fromExtendedJson(parseRecord(text)), JSON.stringify(name));
}

function idOf(document: Row | null): Row | null {
  const id = document === null ? undefined : own(document, "_id");
  return id === undefined ? null : { _id: id };
}

/** `{"id": "…"}`: a text of Extended JSON. */
function messageKey({ key }: DecodeOptions): Row | undefined {
  if (key === undefined || key === null) return undefined;
  const isText = typeof key === "string" || key instanceof Uint8Array;
  const { payload } = messageOf(isText ? parseRecord(key) : key);
  const id = isRow(payload) ? own(payload, "id") : undefined;
  if (typeof id !== "string") throw new TypeError('The message\'s key has no text "id".');
  return { _id: fromExtendedJson(parseRecord(id)) };
}
