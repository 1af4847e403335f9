import { isRow, type Row, type Value } from "@backstitch/core/values";
import { own, rowOf } from "../fields.ts";
import type { DecodeOptions } from "../options.ts";
import { parseRecord } from "../parse.ts";
import { typedRow } from "./types.ts";

/** A message as Kafka Connect's JSON converter writes it, with or without `{schema, payload}` around it. */
export interface Message {
  readonly payload: Value;
  /** Undefined: types that JSON lacks are not known. */
  readonly schema: Value | undefined;
}

export function messageOf(value: Value): Message {
  if (!isRow(value) || !Object.hasOwn(value, "payload") || Object.hasOwn(value, "op")) return { payload: value, schema: undefined };
  return { payload: own(value, "payload") ?? null, schema: own(value, "schema") };
}

/**
 * The change in a message; undefined where it is something else that a connector sends: the tombstone after a delete, a heartbeat, a transaction's
 * beginning or end, a change of schema. @throws TypeError where it is none of these.
 */
export function envelopeOf(payload: Value): Row | undefined {
  if (payload === null) return undefined;
  const envelope = rowOf(payload, "The record");
  if (own(envelope, "op") !== undefined) return envelope;
  if (isAboutNoRow(envelope)) return undefined;
  throw new TypeError(
    'The record has no "op": it is no change event of Debezium, or the transform ExtractNewRecordState took its envelope away.',
  );
}

function isAboutNoRow(payload: Row): boolean {
  const isHeartbeat = Object.keys(payload).every((name) => name.startsWith("ts_"));
  const isTransaction = own(payload, "status") !== undefined && own(payload, "id") !== undefined;
  return isHeartbeat || isTransaction || own(payload, "ddl") !== undefined || own(payload, "tableChanges") !== undefined;
}

/** The row's key in the message's key; undefined: the key is not known; null: there is none. */
export function messageKey({ key }: DecodeOptions): Row | null | undefined {
  if (key === undefined) return undefined;
  const isText = typeof key === "string" || key instanceof Uint8Array;
  const { payload, schema } = messageOf(isText ? parseRecord(key) : key);
  return payload === null ? null : typedRow(rowOf(payload, "The message's key"), schema);
}
