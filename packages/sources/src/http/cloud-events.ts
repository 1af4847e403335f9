import type { IncomingHttpHeaders } from "node:http";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { own, rowOf, textAt } from "../decoders/fields.ts";
import { debeziumCloudEvent } from "../decoders/debezium/cloud-event.ts";
import { parseRecord } from "../decoders/parse.ts";
import type { Shape } from "../decoders/registry.ts";

/** What a CloudEvent carries, and what it is called. */
export interface Carried {
  /** Unique with its source: `source` and `id` together. */
  readonly id: string;
  readonly data: Value;
}

/** Whether the request is a CloudEvent whose attributes are headers (binary mode). */
export function isBinary(headers: IncomingHttpHeaders): boolean {
  return headers["ce-specversion"] !== undefined;
}

/** @throws TypeError where it is no CloudEvent 1.0. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md */
export function fromHeaders(headers: IncomingHttpHeaders, data: Value, shape: Shape): Carried {
  const named = Object.entries(headers).filter(([name, value]) => name.startsWith("ce-") && typeof value === "string");
  return carriedBy(rowFrom(named.map(([name, value]) => [name.slice(3), decoded(value as string)])), data, shape);
}

/** @throws TypeError or RangeError where it is no CloudEvent 1.0. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export function fromEnvelope(envelope: Value, shape: Shape): Carried {
  const event = rowOf(envelope, "The CloudEvent");
  const base64 = own(event, "data_base64");
  if (base64 !== undefined && typeof base64 !== "string") throw new TypeError('"data_base64" of the CloudEvent is not a text.');
  const data = base64 === undefined ? (own(event, "data") ?? null) : parseRecord(Buffer.from(base64, "base64"));
  return carriedBy(event, typeof data === "string" ? parseRecord(data) : data, shape);
}

function carriedBy(attributes: Row, data: Value, shape: Shape): Carried {
  if (own(attributes, "specversion") !== "1.0") throw new TypeError('"specversion" of the CloudEvent must be "1.0".');
  const id = `${textAt(attributes, "source")}/${textAt(attributes, "id")}`;
  return { id, data: shape === "debezium" && isRow(data) ? debeziumCloudEvent(attributes, data) : data };
}

/** Headers hold what is no printable ASCII percent-encoded. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}
