import { type Context, context, type Span, type SpanContext, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Outcome } from "../connector/outcome.ts";
import type { Matched } from "../rules/rule-set.ts";
import type { ChangeEvent } from "../source/event.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";

/** Spans go to the SDK that whoever starts the process has registered; where there is none, nothing is made. */
const tracer = trace.getTracer("backstitch");

/** What a batch matched, with the spans of its events. */
export interface Traced {
  readonly matched: Matched;
  /** What was matched is durable. Spans of what is not are never told of: its events come again. */
  end(): void;
}

/** Begins a span for each event that asked for something or failed; its deliveries are told of it, whichever process attempts them. */
export function traceMatches(events: readonly ChangeEvent[], matched: Matched, began: number): Traced {
  const asked = Map.groupBy([...matched.deliveries, ...matched.failures], ({ eventId }) => eventId);
  const traces = new Map<string, string>();
  const spans: Span[] = [];
  for (const event of events) {
    const parts = asked.get(event.id);
    if (parts === undefined) continue;
    const span = spanOf(event, parts, began);
    // Without an SDK a span has no ids; an SDK gives them to those that it does not record, too.
    if (!trace.isSpanContextValid(span.spanContext())) return { matched, end: () => undefined };
    traces.set(event.id, formatTraceparent(span.spanContext()));
    spans.push(span);
  }
  return { matched: traces.size === 0 ? matched : { ...matched, traces }, end: () => spans.forEach((span) => span.end()) };
}

function spanOf({ id, source, collection, operation }: ChangeEvent, parts: readonly { readonly rule: string }[], startTime: number): Span {
  const span = tracer.startSpan(`match ${collection}`, { kind: SpanKind.CONSUMER, startTime });
  if (!span.isRecording()) return span;
  return span.setAttributes({
    "backstitch.event.id": id,
    "backstitch.source": source,
    "backstitch.collection": collection,
    "backstitch.operation": operation,
    "backstitch.rules": [...new Set(parts.map(({ rule }) => rule))],
  });
}

/** What the span of an attempt tells of its delivery: never arguments. */
export interface Traceable {
  readonly id: string;
  readonly service: string;
  readonly action: string;
  /** Attempts that were made before. */
  readonly attempts: number;
  readonly eventId?: string | undefined;
  readonly rule?: string | undefined;
  readonly then?: string | undefined;
  /** W3C `traceparent` of its event's span. */
  readonly trace?: string | undefined;
}

/**
 * Makes an attempt within a span, which goes on from the event's.
 * @param attempt Is given the span's `traceparent`; undefined where it is not recorded.
 */
export function attemptInSpan(delivery: Traceable, attempt: (traceparent: string | undefined) => Promise<Outcome>): Promise<Outcome> {
  const parent = contextOf(delivery.trace);
  const span = tracer.startSpan(`${delivery.service}.${delivery.action}`, ATTEMPT, parent);
  // Without an SDK this is all.
  if (!trace.isSpanContextValid(span.spanContext())) return attempt(undefined);
  const within = trace.setSpan(parent, span);
  return span.isRecording() ? recorded(span, within, delivery, attempt) : context.with(within, attempt, undefined, undefined);
}

const ATTEMPT = { kind: SpanKind.CLIENT };

async function recorded(
  span: Span,
  within: Context,
  delivery: Traceable,
  attempt: (traceparent: string) => Promise<Outcome>,
): Promise<Outcome> {
  describe(span, delivery);
  const outcome = await context.with(within, attempt, undefined, formatTraceparent(span.spanContext()));
  span.setAttribute("backstitch.outcome", outcome.kind);
  if (outcome.kind !== "accepted") {
    span.setAttribute("backstitch.code", outcome.code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.reason });
  }
  span.end();
  return outcome;
}

function describe(span: Span, { id, eventId, rule, then, service, action, attempts }: Traceable): void {
  span.setAttributes({
    "backstitch.delivery.id": id,
    "backstitch.event.id": eventId,
    "backstitch.rule": rule,
    "backstitch.then": then,
    "backstitch.service": service,
    "backstitch.action": action,
    "backstitch.attempt": attempts + 1,
  });
}

/** Without a trace of its own, whatever is under way here: a Lambda's invocation. */
function contextOf(traceparent: string | undefined): Context {
  const parent: SpanContext | undefined = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return parent === undefined ? context.active() : trace.setSpanContext(context.active(), parent);
}
