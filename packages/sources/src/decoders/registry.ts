import type { ChangeEvent } from "@backstitch/core/source";
import { isList, isRow, type Value } from "@backstitch/core/values";
import { decodeAtlasEventBridge } from "./atlas-eventbridge.ts";
import { decodeBackstitch } from "./backstitch.ts";
import { decodeDebeziumMongoDb } from "./debezium-mongodb.ts";
import { decodeDebezium } from "./debezium.ts";
import { decodeDms } from "./dms.ts";
import { decodeDynamoDbRecord } from "./dynamodb/decode.ts";
import type { DynamoDbRecord } from "./dynamodb/record.ts";
import { decodeMongoDb } from "./mongodb.ts";
import { decodeNeptune, splitCommits } from "./neptune.ts";
import type { DecodeOptions } from "./options.ts";
import { parseRecord } from "./parse.ts";
import { decodeSupabase } from "./supabase.ts";

/** How one shape of foreign change event is read. */
export interface Decoder {
  /** Cuts what was sent into what can be read, or fail to be read, by itself. */
  split(sent: Value): readonly Value[];
  /** @throws TypeError or RangeError where it is not of this shape; the message holds none of its values. */
  decode(record: Value, options: DecodeOptions): readonly ChangeEvent[];
}

const DECODERS = {
  backstitch: single(decodeBackstitch),
  debezium: single(decodeDebezium),
  "debezium-mongodb": single(decodeDebeziumMongoDb),
  mongodb: single(decodeMongoDb),
  "atlas-eventbridge": single(decodeAtlasEventBridge),
  dynamodb: { ...single((record, options) => decodeDynamoDbRecord(record as DynamoDbRecord, options)), split: splitRecords },
  dms: single(decodeDms),
  neptune: { split: splitCommits, decode: decodeNeptune },
  supabase: single(decodeSupabase),
} as const satisfies { readonly [shape: string]: Decoder };

/** The shapes of foreign change events that can be read. */
export type Shape = keyof typeof DECODERS;

export const SHAPES = Object.keys(DECODERS) as readonly Shape[];

export function decoderFor(shape: Shape): Decoder {
  return DECODERS[shape];
}

/** Of one of several records: its change events, none where no row changed; or why it cannot be read. */
export type Decoded = { readonly events: readonly ChangeEvent[] } | { readonly error: TypeError | RangeError };

/**
 * The change events of a record, or of several: an array, or what the vendor puts around them (`{ "Records": […] }`). None where no row changed.
 * @param record Its JSON (text, or bytes in UTF-8), of which every digit is kept; or parsed, by `JSON.parse` with what that loses.
 * @throws TypeError or RangeError where one of them is not of this shape; the message holds none of its values.
 */
export function decodeRecord(shape: Shape, record: unknown, options: DecodeOptions): readonly ChangeEvent[] {
  return decodeEach(shape, record, options).flatMap((decoded) => {
    if ("error" in decoded) throw decoded.error;
    return decoded.events;
  });
}

/** As {@link decodeRecord}, each of several by itself: one that cannot be read keeps none of the others back. @throws TypeError or RangeError where it is no JSON. */
export function decodeEach(shape: Shape, record: unknown, options: DecodeOptions): readonly Decoded[] {
  const { split, decode } = decoderFor(shape);
  const records = split(parsed(record));
  return records.map((one, index) => {
    try {
      return { events: decode(one, records.length === 1 ? options : { ...options, id: partId(options.id, index) }) };
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return { error };
      throw error;
    }
  });
}

/** The id of one of several records that came under one. */
export function partId(id: string | undefined, index: number): string | undefined {
  return id === undefined ? undefined : `${id}/${index}`;
}

function parsed(record: unknown): Value {
  return typeof record === "string" || record instanceof Uint8Array ? parseRecord(record) : ((record ?? null) as Value);
}

type Decode = (record: Value, options: DecodeOptions) => ChangeEvent | undefined;

/** A record is one event, or none. */
function single(decode: Decode): Decoder {
  return {
    split: (sent) => (isList(sent) ? sent : [sent]),
    decode(record, options) {
      const event = decode(record, options);
      return event === undefined ? [] : [event];
    },
  };
}

/** As Lambda and the stream's API hand them over. */
function splitRecords(sent: Value): readonly Value[] {
  const records = isRow(sent) && Object.hasOwn(sent, "Records") ? sent["Records"] : sent;
  return isList(records) ? records : [records ?? null];
}
