import type { ChangeEvent } from "@backstitch/core/source";
import { isRow, type Value } from "@backstitch/core/values";
import { mongoChange } from "../mongodb/change.ts";
import { fromExtendedJson } from "./extended-json.ts";
import { own, rowOf } from "./fields.ts";
import type { DecodeOptions } from "./options.ts";
import { parseRecord } from "./parse.ts";

/**
 * A MongoDB change event as Extended JSON, relaxed or canonical, as the change stream itself has it: what Kafka's MongoDB source connector writes. What the shape
 * cannot say is at {@link mongoChange}. In relaxed form an int64 and a double are told apart by their digits alone.
 *
 * @returns undefined where nothing happened to a document.
 * @throws TypeError or RangeError where it is no change event; the message holds none of its values.
 */
export function decodeMongoDb(record: unknown, options: DecodeOptions): ChangeEvent | undefined {
  return mongoChange(rowOf(fromExtendedJson(documentOf(record as Value)), "The record"), options);
}

/** Kafka's connector writes the document as text, which a JSON converter makes a JSON text, or wraps beside a schema. */
function documentOf(record: Value): Value {
  const value = isRow(record) && Object.hasOwn(record, "payload") && Object.hasOwn(record, "schema") ? own(record, "payload") : record;
  return typeof value === "string" ? parseRecord(value) : (value ?? null);
}
