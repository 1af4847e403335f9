import type { ChangeEvent } from "@backstitch/core/source";
import type { Value } from "@backstitch/core/values";
import { BadLine } from "../jsonl/fields.ts";
import { eventFrom } from "../jsonl/line.ts";
import { sentId } from "./identity.ts";
import type { DecodeOptions } from "./options.ts";

/**
 * A change event as JSON lines have it: see `jsonlSource` for its fields. Of one without `id` it is the carrier's ({@link DecodeOptions.id}), else the time at which it is
 * read and a hash of it; without `committedAt` it was committed in 1970.
 * @throws TypeError where it is not such an object; the message holds none of its values.
 */
export function decodeBackstitch(record: unknown, options: DecodeOptions): ChangeEvent {
  const event = eventOf((record ?? null) as Value, options);
  return { ...event, collection: options.collection?.(event.collection) ?? event.collection };
}

function eventOf(record: Value, options: DecodeOptions): ChangeEvent {
  try {
    return eventFrom(record, options.source, () => sentId(record, options));
  } catch (error) {
    throw error instanceof BadLine ? new TypeError(`The record ${error.bare}.`) : error;
  }
}
