import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { ConnectorError, type AttemptContext, type SchemaFault } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { jsonText } from "../aws/text.ts";
import { thrownFault } from "../shared/thrown-fault.ts";
import type { EventBridgeConfig } from "./config.ts";
import { cloudEvent, plainDetail, type Payload } from "./detail.ts";

const TIME_BYTES = 14;

/** What an action says of an event. */
export interface PutArgs {
  readonly detailType: string;
  readonly detail: Row;
  readonly source?: string | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly time?: string | undefined;
}

/**
 * The entry of a request; the SDK checks none of this itself.
 * @throws ConnectorError `rejected` where EventBridge could not take it, whatever its size.
 */
export function entryOf(config: EventBridgeConfig, args: PutArgs, attempt: AttemptContext): (payload: Payload) => PutEventsRequestEntry {
  const { detailType, resources, time } = args;
  const source = checkedSource(args.source ?? config.source);
  const about = {
    Source: source,
    DetailType: detailType,
    ...(resources === undefined ? {} : { Resources: [...resources] }),
    ...(time === undefined ? {} : { Time: checkedTime(time) }),
    ...(config.bus === undefined ? {} : { EventBusName: config.bus }),
    ...(attempt.traceparent === undefined ? {} : { TraceHeader: traceHeader(attempt.traceparent) }),
  };
  const wrapped = (payload: Payload): Row =>
    config.envelope === undefined ? plainDetail(payload, attempt) : cloudEvent(payload, attempt, { source, type: detailType, time });
  return (payload) => ({ ...about, Detail: jsonText(wrapped(payload)) });
}

/** X-Ray takes W3C's ids in its own form. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids */
function traceHeader(traceparent: string): string {
  const [, trace = "", span = "", flags = ""] = traceparent.split("-");
  return `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=${Number.parseInt(flags, 16) & 1}`;
}

/** As AWS counts: 14 for a time, and the UTF-8 of the rest. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export function entryBytes({ Time, Source = "", DetailType = "", Detail = "", Resources = [] }: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

/** What is wrong with arguments that the schema takes, whatever the service is. */
export function entryFaults({ source, time }: Partial<PutArgs>): readonly SchemaFault[] {
  return [
    ...(source === undefined ? [] : thrownFault("source", () => checkedSource(source))),
    ...(time === undefined ? [] : thrownFault("time", () => checkedTime(time))),
  ];
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

export function rejected(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", code, reason);
}
