import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { ChangeEvent, UnreadableRecord } from "@backstitch/core/source";
import { Decimal, isList, isRow, type Value } from "@backstitch/core/values";
import { timeNow } from "../decoders/identity.ts";
import type { DecodeOptions } from "../decoders/options.ts";
import { parseRecord } from "../decoders/parse.ts";
import { decoderFor, partId, type Shape } from "../decoders/registry.ts";
import { textOf } from "./authenticate.ts";
import type { MediaType } from "./body.ts";
import { fromEnvelope, fromHeaders, isBinary } from "./cloud-events.ts";
import { unique } from "./unique.ts";
import { Refusal } from "./refusal.ts";

/** What a request brought. */
export interface Posted {
  readonly events: readonly ChangeEvent[];
  readonly unreadable: readonly UnreadableRecord[];
  /** Records of which no row changed: a tombstone, a heartbeat, a control record. */
  readonly ignored: number;
}

export interface Reading {
  readonly shape: Shape;
  readonly headers: IncomingHttpHeaders;
  readonly mediaType: MediaType;
  readonly options: DecodeOptions;
}

/** A part of the body by itself, and what of it could be read. */
interface Part {
  readonly raw: Uint8Array;
  /** Throws what is wrong with it. */
  readonly value: () => Value;
}

/** @throws Refusal 400 where the body is no JSON at all: the sender has it still. */
export function postedBy(body: Buffer, reading: Reading): Posted {
  // A Kafka topic deletes a key with an empty message; elsewhere there is nothing to read.
  if (body.length === 0 && !reading.shape.startsWith("debezium")) throw new Refusal(400, "The body is empty.");
  const parts = partsOf(body, reading.mediaType);
  const records = parts.map((part, index) =>
    readPart(part, { ...reading, options: withId(reading, parts.length === 1 ? undefined : index) }),
  );
  return {
    events: unique(records.flatMap(({ events }) => events)),
    unreadable: unique(records.flatMap(({ unreadable }) => unreadable)),
    ignored: records.reduce((sum, { ignored }) => sum + ignored, 0),
  };
}

function partsOf(body: Buffer, { kind }: MediaType): readonly Part[] {
  if (kind === "lines") return lines(body);
  const value = parsedBody(body);
  if (kind !== "cloud-events") return [{ raw: body, value: () => value }];
  if (!isList(value)) throw new Refusal(400, "The body is no batch of CloudEvents: it must be an array.");
  return value.map((one) => ({ raw: bytesOf(one), value: () => one }));
}

function parsedBody(body: Buffer): Value {
  try {
    return parseRecord(body);
  } catch {
    throw new Refusal(400, "The body is not JSON in UTF-8, or is nested deeper than 500 levels. Nothing of it is recorded.");
  }
}

/** A line that is no JSON is a record that cannot be read; a body without any other is none at all. */
function lines(body: Buffer): readonly Part[] {
  const given = body
    .toString("latin1")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const parts = given.map((line) => {
    const raw = Buffer.from(line, "latin1");
    return { raw, value: () => parseRecord(raw) };
  });
  if (parts.length > 0 && parts.every((part) => !isReadable(part))) parsedBody(parts[0]?.raw as Buffer);
  return parts;
}

function isReadable({ value }: Part): boolean {
  try {
    value();
    return true;
  } catch {
    return false;
  }
}

/** What the sender calls the request, for shapes without ids. */
function withId({ headers, options }: Reading, index: number | undefined): DecodeOptions {
  const id = textOf(headers["webhook-id"]) ?? textOf(headers["idempotency-key"]);
  return id === undefined || id === "" ? options : { ...options, id: index === undefined ? id : partId(id, index) };
}

function readPart(part: Part, { shape, headers, mediaType, options }: Reading): Posted {
  try {
    const value = part.value();
    if (mediaType.kind !== "json")
      return mediaType.kind === "lines" ? decoded(value, part, { shape, options }) : carried(fromEnvelope(value, shape));
    return isBinary(headers) ? carried(fromHeaders(headers, value, shape)) : decoded(value, part, { shape, options });
  } catch (error) {
    return unreadable(part.raw, error, options);
  }

  function carried({ id, data }: ReturnType<typeof fromEnvelope>): Posted {
    return decoded(data, part, { shape, options: { ...options, id } });
  }
}

/** One record's fault is its own. */
function decoded(value: Value, { raw }: Part, { shape, options }: { readonly shape: Shape; readonly options: DecodeOptions }): Posted {
  const { split, decode } = decoderFor(shape);
  const records = split(value);
  const read = records.map((one, index): Posted => {
    const { record, key } = messageIn(one);
    const id = records.length === 1 ? options.id : partId(options.id, index);
    try {
      const events = decode(record, { ...options, id, key });
      return { events, unreadable: [], ignored: events.length === 0 ? 1 : 0 };
    } catch (error) {
      return unreadable(records.length === 1 ? raw : bytesOf(one), error, options);
    }
  });
  return {
    events: read.flatMap(({ events }) => events),
    unreadable: read.flatMap((one) => one.unreadable),
    ignored: read.reduce((sum, { ignored }) => sum + ignored, 0),
  };
}

/** Kafka's bridges send a message as `{ key, value }`, with its topic and place beside. */
function messageIn(record: Value): { readonly record: Value; readonly key?: Value } {
  if (!isRow(record) || !Object.hasOwn(record, "key") || !Object.hasOwn(record, "value")) return { record };
  return { record: record["value"] ?? null, key: record["key"] ?? null };
}

/** @throws what is no fault of the record. */
function unreadable(raw: Uint8Array, error: unknown, options: DecodeOptions): Posted {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  const id = `unreadable/${createHash("sha256").update(raw).digest("hex").slice(0, 32)}`;
  return { events: [], unreadable: [{ id, reason: error.message, raw, receivedAt: timeNow(options) }], ignored: 0 };
}

/** Its JSON, with every digit that was read. */
function bytesOf(value: Value): Buffer {
  const text = JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name, item: unknown) {
    const own = this[name];
    return typeof own === "bigint" || own instanceof Decimal ? raw(String(own)) : item;
  });
  return Buffer.from(text);
}

/** Node's own; not in the standard library's types yet. */
const raw = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON;
