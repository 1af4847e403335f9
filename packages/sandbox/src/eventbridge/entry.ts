import { randomUUID } from "node:crypto";
import type { Row, Value } from "@backstitch/core/values";

/** An entry as it comes over the wire. */
export interface WireEntry {
  readonly Source?: unknown;
  readonly DetailType?: unknown;
  readonly Detail?: unknown;
  readonly Resources?: unknown;
  readonly Time?: unknown;
  readonly EventBusName?: unknown;
  readonly TraceHeader?: unknown;
}

/** What became of an entry: an id, or why not. */
export type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

const MAX_DETAIL_TYPE = 128;

/** Whether the three parts without which an entry is none are there. */
export function isComplete({ Source, DetailType, Detail }: WireEntry): boolean {
  return [Source, DetailType, Detail].every((part) => typeof part === "string" && part !== "");
}

/** EventBridge's verdict on one entry. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
export function resultOf(entry: WireEntry, buses: readonly string[] | undefined): EntryResult {
  const { Source, DetailType, Detail, EventBusName } = entry;
  if (!isComplete(entry))
    return failed("InvalidArgument", "Parameter Source, DetailType or Detail is not valid. Reason: it is a required argument.");
  if (String(Source).toLowerCase().startsWith("aws.")) return failed("NotAuthorizedForSourceException", "Not authorized for the source.");
  if (String(DetailType).length > MAX_DETAIL_TYPE)
    return failed("InvalidArgument", "Parameter DetailType is not valid. Reason: it is too long.");
  if (detailOf(Detail) === undefined) return failed("MalformedDetail", "Detail is malformed.");
  if (typeof EventBusName === "string" && buses !== undefined && !buses.includes(EventBusName)) {
    return failed("ResourceNotFoundException", `Event bus ${EventBusName} does not exist.`);
  }
  return { EventId: randomUUID() };
}

/** An entry that is refused. */
export function failed(ErrorCode: string, ErrorMessage: string): EntryResult {
  return { ErrorCode, ErrorMessage };
}

/** The entry for people to read, its detail parsed. */
export function readable({ Source, DetailType, Detail, Resources, Time, EventBusName, TraceHeader }: WireEntry, eventId: string): Row {
  return {
    source: String(Source),
    detailType: String(DetailType),
    detail: detailOf(Detail) ?? null,
    ...(Array.isArray(Resources) ? { resources: Resources as string[] } : {}),
    ...(typeof Time === "number" ? { time: new Date(Time * 1_000).toISOString() } : {}),
    ...(typeof TraceHeader === "string" ? { traceHeader: TraceHeader } : {}),
    bus: typeof EventBusName === "string" ? EventBusName : "default",
    eventId,
  };
}

/** As AWS counts: 14 for a time, and the UTF-8 of the rest. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export function entryBytes({ Source, DetailType, Detail, Resources, Time }: WireEntry): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? (Resources as unknown[]) : [])];
  return texts.reduce<number>((sum, text) => sum + (typeof text === "string" ? Buffer.byteLength(text) : 0), Time === undefined ? 0 : 14);
}

function detailOf(detail: unknown): Row | undefined {
  try {
    const parsed = JSON.parse(String(detail)) as Value;
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? (parsed as Row) : undefined;
  } catch {
    return undefined;
  }
}
