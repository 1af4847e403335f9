import type { ChangeEvent } from "@backstitch/core/source";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { mongoChange } from "../mongodb/change.ts";
import { timeFromText } from "../values/times.ts";
import { fromExtendedJson } from "./extended-json.ts";
import { optionalText, own, rowAt, rowOf } from "./fields.ts";
import type { DecodeOptions } from "./options.ts";

/**
 * What an Atlas database trigger puts on EventBridge: the change event is in `detail`, as Extended JSON where the trigger has "Enable Extended JSON".
 * Without it types are flattened: an ObjectId is its hex text all the same, but a date, a decimal and an int64 are what JSON has, text or a number as Atlas writes it.
 * What the shape cannot say is at {@link mongoChange}: `before` takes the trigger's "Document Preimage", `after` of an update its "Full Document".
 * `id` is the change's resume token, not EventBridge's `id`, which is another at each sending. Without `wallTime` and `clusterTime`, `committedAt` is the envelope's `time`.
 *
 * @returns undefined where nothing happened to a document.
 * @throws TypeError or RangeError where it is no such event; the message holds none of its values.
 */
export function decodeAtlasEventBridge(record: unknown, options: DecodeOptions): ChangeEvent | undefined {
  const envelope = rowOf(record, "The event");
  const detail = rowOf(fromExtendedJson(rowAt(envelope, "detail")), '"detail"');
  const sent = Date.parse(timeFromText(optionalText(envelope, "time") ?? "") ?? "");
  return mongoChange(withClusterTime(detail), { ...options, now: Number.isNaN(sent) ? options.now : () => sent });
}

/** Flattened, a Timestamp is `{ T, I }`. */
function withClusterTime(detail: Row): Row {
  const time = own(detail, "clusterTime");
  if (!isRow(time) || own(time, "T") === undefined) return detail;
  const clusterTime: Value = { t: own(time, "T") ?? null, i: own(time, "I") ?? null };
  return rowFrom([...Object.entries(detail), ["clusterTime", clusterTime]]);
}
