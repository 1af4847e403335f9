import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { ConnectorError } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { jsonText } from "../aws/text.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html: the request, and so its one entry, stays under 1 MB. */
const MAX_ENTRY_BYTES = 1_048_576;
const TIME_BYTES = 14;

/** What one event is made of. */
export interface EventParts {
  readonly source: string | undefined;
  readonly detailType: string;
  readonly detail: Row;
  readonly resources: readonly string[] | undefined;
  readonly time: string | undefined;
  readonly bus: string | undefined;
  readonly deliveryId: string;
  readonly hops: number;
  readonly traceparent: string | undefined;
}

/**
 * The entry of a request; the SDK checks none of this itself.
 * @throws ConnectorError `rejected` when EventBridge could not take it.
 */
export function entryOf({
  source,
  detailType,
  detail,
  resources,
  time,
  bus,
  deliveryId,
  hops,
  traceparent,
}: EventParts): PutEventsRequestEntry {
  const entry: PutEventsRequestEntry = {
    Source: checkedSource(source),
    DetailType: detailType,
    Detail: jsonText({ ...detail, backstitchDeliveryId: deliveryId, backstitchHops: hops }),
    ...(resources === undefined ? {} : { Resources: [...resources] }),
    ...(time === undefined ? {} : { Time: checkedTime(time) }),
    ...(bus === undefined ? {} : { EventBusName: bus }),
    ...(traceparent === undefined ? {} : { TraceHeader: traceHeader(traceparent) }),
  };
  const bytes = entryBytes(entry);
  if (bytes < MAX_ENTRY_BYTES) return entry;
  throw rejected(
    "EVENTBRIDGE_TOO_LARGE",
    `The event has ${bytes} bytes; EventBridge takes less than ${MAX_ENTRY_BYTES}. Store it with s3.put and send its key.`,
  );
}

/** X-Ray takes W3C's ids in its own form. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
function traceHeader(traceparent: string): string {
  const [, trace = "", span = "", flags = ""] = traceparent.split("-");
  return `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=${Number.parseInt(flags, 16) & 1}`;
}

/** As AWS counts: 14 for a time, and the UTF-8 of the rest. */
function entryBytes({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

function checkedSource(source: string | undefined): string {
  if (source === undefined)
    throw rejected("EVENTBRIDGE_SOURCE_MISSING", 'The event has no source. Give "source" in the action or in the service.');
  if (!source.toLowerCase().startsWith("aws.")) return source;
  throw rejected("EVENTBRIDGE_SOURCE_RESERVED", 'The event\'s source begins with "aws.", which only AWS may use.');
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** JavaScript takes a time without zone for one of this machine's, and the 30th of February for the 2nd of March. */
function checkedTime(time: string): Date {
  const date = new Date(time);
  const day = RFC_3339.exec(time)?.[1];
  if (day !== undefined && !Number.isNaN(date.getTime()) && new Date(day).toISOString().startsWith(day)) return date;
  throw rejected("EVENTBRIDGE_TIME_INVALID", '"time" is not an RFC 3339 time such as 2026-01-31T08:30:00Z.');
}

function rejected(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", code, reason);
}
