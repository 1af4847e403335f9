import type { ChangeEvent, Operation } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";
import { differing } from "../values/differing.ts";
import { optionalRow, optionalText, own, pick, rowAt, rowOf, textAt } from "./fields.ts";
import { collectionOf, hashOf, keyFrom, sentId, timeNow } from "./identity.ts";
import type { DecodeOptions } from "./options.ts";

const OPERATIONS: ReadonlyMap<Value | undefined, Operation> = new Map([
  ["INSERT", "insert"],
  ["UPDATE", "update"],
  ["DELETE", "delete"],
]);

/**
 * The body of a Supabase database webhook: at most once, since nobody sends it again where it is not taken. A change that must not be lost needs another way here.
 *
 * - `id`: the body has none. It is the carrier's ({@link DecodeOptions.id}), else the time at which it is read and a hash of the body.
 * - `key` is of the fields that {@link DecodeOptions.keys} names, else `id`; `previousKey` where `old_record` has another.
 * - `before` and `changed` are known: the whole `old_record` is sent.
 * - `database` is empty, and `committedAt` is when the record is read: the body says neither.
 * - Nothing tells types: values are as PostgreSQL writes them in JSON. A timestamp is text with an offset or without one, bytes are text (`\x…`), and a decimal's last
 *   zeros are gone.
 *
 * @throws TypeError where it is no such body; the message holds none of its values.
 */
export function decodeSupabase(record: unknown, options: DecodeOptions): ChangeEvent {
  const body = rowOf(record, "The record");
  const operation = OPERATIONS.get(own(body, "type"));
  if (operation === undefined) throw new TypeError('"type" must be INSERT, UPDATE or DELETE.');
  const collection = collectionOf(optionalText(body, "schema"), textAt(body, "table"), options);
  const after = operation === "delete" ? null : rowAt(body, "record");
  const before = operation === "insert" ? null : optionalRow(body, "old_record");
  const key = keyFrom(after ?? before ?? {}, collection, options);
  return {
    id: sentId(body, options),
    source: options.source,
    origin: "log",
    operation,
    database: "",
    collection,
    key,
    previousKey: operation === "update" ? previousKey(key, before ?? undefined) : undefined,
    after,
    before,
    unsent: [],
    changed: changedOf(operation, after ?? {}, before ?? undefined),
    committedAt: timeNow(options),
  };
}

function changedOf(operation: Operation, after: Row, before: Row | undefined): readonly string[] | undefined {
  if (operation === "insert") return Object.keys(after);
  return operation === "delete" ? [] : before && differing(before, after);
}

function previousKey(key: Row | null, before: Row | undefined): Row | undefined {
  if (key === null || before === undefined) return undefined;
  const previous = pick(before, Object.keys(key));
  return hashOf(previous) === hashOf(key) ? undefined : previous;
}
