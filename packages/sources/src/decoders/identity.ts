import { createHash } from "node:crypto";
import { canonicalText, type Row, type Value } from "@backstitch/core/values";
import { timeFromMs } from "../values/times.ts";
import { own, pick } from "./fields.ts";
import type { DecodeOptions } from "./options.ts";

/** The same for values that are equal, whatever the order of their names. */
export function hashOf(value: Value): string {
  return createHash("sha256").update(canonicalText(value)).digest("hex").slice(0, 32);
}

/** The id of a record whose shape has none: the carrier's, else one of its own at each sending. */
export function sentId(record: Value, { id, now = Date.now }: DecodeOptions): string {
  return id ?? `${now()}/${hashOf(record)}`;
}

/** The time of a record that does not tell one. */
export function timeNow({ now = Date.now }: DecodeOptions): string {
  return timeFromMs(now());
}

/** The key of a row whose shape does not tell it: of the fields that are configured, else `id`. */
export function keyFrom(row: Row, collection: string, { keys }: DecodeOptions): Row | null {
  const names = keyNames(row, collection, keys);
  return names === undefined ? null : pick(row, names);
}

function keyNames(row: Row, collection: string, keys: DecodeOptions["keys"] = {}): readonly string[] | undefined {
  if (Object.hasOwn(keys, collection)) return keys[collection];
  return own(row, "id") === undefined ? undefined : ["id"];
}

/** A table is a collection: that of a default schema (PostgreSQL's, SQL Server's) by its bare name. */
export function collectionOf(schema: string | undefined, table: string, { collection }: DecodeOptions): string {
  const name = schema === undefined || schema === "public" || schema === "dbo" ? table : `${schema}.${table}`;
  return collection?.(name) ?? name;
}
