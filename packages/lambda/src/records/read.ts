import { deliveryId, type FailedMatch, type Matched, type RuleSet } from "@backstitch/core/rules";
import { traceMatches } from "@backstitch/core/runtime";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Decoded } from "@backstitch/sources/decoders";
import type { Job } from "../delivery/course.ts";
import type { DeadLetter } from "../letters/dead-letters.ts";
import type { Incoming } from "./incoming.ts";

/** What a batch asks for: each part says by `order` which record it is of. */
export interface ReadBatch {
  readonly events: ReadonlyMap<string, ChangeEvent>;
  readonly jobs: readonly Job[];
  /** What is lost before any attempt: records that cannot be read or matched, conditions and templates that failed. */
  readonly letters: readonly OrderedLetter[];
  readonly undecided: Matched["undecided"];
}

export interface OrderedLetter {
  readonly order: number;
  readonly letter: DeadLetter;
}

/** Decodes and matches a batch. What fails is a dead letter: it would fail again, and would keep what is behind it from going on. */
export async function readBatch(incoming: readonly Incoming[], rules: RuleSet, now: () => number): Promise<ReadBatch> {
  const letters: OrderedLetter[] = [];
  const orders = new Map<string, number>();
  const events = new Map<string, ChangeEvent>();
  for (const [order, one] of incoming.entries()) {
    try {
      const decoded = one.decode();
      const why = whyUnreadable(decoded);
      if (why !== undefined) letters.push({ order, letter: unreadable(one, why) });
      for (const event of decoded.flatMap((part) => ("events" in part ? part.events : []))) {
        // One that is in the batch twice is of the first record: what comes between is after it.
        if (events.has(event.id)) continue;
        orders.set(event.id, order);
        events.set(event.id, event);
      }
    } catch (error) {
      letters.push({ order, letter: unreadable(one, messageOf(error)) });
    }
  }
  const orderOf = (eventId: string): number => orders.get(eventId) ?? 0;
  const began = now();
  const { matched: asked, broken } = await matchAll(rules, [...events.values()]);
  const { matched, end } = traceMatches([...events.values()], asked, began);
  end();
  for (const { event, reason } of broken) letters.push({ order: orderOf(event.id), letter: unmatched(event, reason) });
  for (const failure of matched.failures) {
    letters.push({ order: orderOf(failure.eventId), letter: failedMatch(failure, events.get(failure.eventId)) });
  }
  const jobs = new Map<string, Job>();
  for (const delivery of matched.deliveries) {
    const { eventId } = delivery;
    const about = { order: orderOf(eventId), trace: matched.traces?.get(eventId), hops: events.get(eventId)?.hops };
    const id = deliveryId(delivery.key);
    jobs.set(id, { id, delivery, ...about });
  }
  return { events, jobs: [...jobs.values()], letters, undecided: matched.undecided };
}

interface MatchedAll {
  readonly matched: Matched;
  readonly broken: readonly { readonly event: ChangeEvent; readonly reason: string }[];
}

/** A rule set never throws; should it, one by one finds the event that it breaks on. */
async function matchAll(rules: RuleSet, events: readonly ChangeEvent[]): Promise<MatchedAll> {
  if (events.length === 0) return { matched: { deliveries: [], failures: [], undecided: [] }, broken: [] };
  try {
    return { matched: await rules.match(events), broken: [] };
  } catch (error) {
    const [event] = events;
    if (event !== undefined && events.length === 1) {
      const reason = `The rule set failed on the event: ${error instanceof Error ? error.name : typeof error}.`;
      return { matched: { deliveries: [], failures: [], undecided: [] }, broken: [{ event, reason }] };
    }
  }
  const parts: MatchedAll[] = [];
  for (const event of events) parts.push(await matchAll(rules, [event]));
  return {
    matched: {
      deliveries: parts.flatMap(({ matched }) => matched.deliveries),
      failures: parts.flatMap(({ matched }) => matched.failures),
      undecided: parts.flatMap(({ matched }) => matched.undecided),
    },
    broken: parts.flatMap(({ broken }) => broken),
  };
}

const untried = { state: "rejected", attempts: 0, uncertain: false } as const;

function unreadable({ id, record }: Incoming, reason: string): DeadLetter {
  return { ...untried, deliveryId: deliveryId(id), code: "RECORD_UNREADABLE", reason, record };
}

/** Of what a producer put into one record, what can be read goes on. Undefined: all of it can. */
function whyUnreadable(decoded: readonly Decoded[]): string | undefined {
  const faults = decoded.flatMap((part, index) => ("error" in part ? [{ number: index + 1, reason: part.error.message }] : []));
  const [first] = faults;
  if (first === undefined) return undefined;
  if (decoded.length === 1) return first.reason;
  return `${faults.length} of the ${decoded.length} changes in it cannot be read, and the others went on. Number ${first.number}: ${first.reason}`;
}

function unmatched(event: ChangeEvent, reason: string): DeadLetter {
  return { ...untried, deliveryId: deliveryId(event.id), code: "MATCH_FAILED", reason, event };
}

function failedMatch({ key, code, reason, rule, then, service, action }: FailedMatch, event: ChangeEvent | undefined): DeadLetter {
  return { ...untried, deliveryId: deliveryId(key), code, reason, rule, then, service, action, event };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error;
}
