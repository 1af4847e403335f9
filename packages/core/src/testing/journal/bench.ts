import type { ClaimedDelivery, ClaimRequest, DeliveryState, Journal, KeptEvents, NextState, Settlement } from "../../journal/index.ts";
import { deliveryId, deliveryKey, type FailedMatch, type NewDelivery, type Undecided } from "../../rules/index.ts";
import type { Batch, ChangeEvent } from "../../source/index.ts";
import type { Outcome } from "../../connector/index.ts";

/** A journal as its suite opens it. */
export interface JournalUnderTest {
  readonly journal: Journal;
  /** Opens the same journal again as after a crash: without closing the first, by a new owner. @param events Which events it keeps from now on; undefined: as before */
  reopen(events?: KeptEvents): Promise<Journal>;
  /** Closes everything and removes what is left. */
  dispose(): Promise<void>;
}

export interface JournalSuiteOptions {
  /** Epoch milliseconds; the suite moves it. */
  readonly clock: () => number;
  /** High water; absent: none. */
  readonly maxBytes?: number;
  /** @default "matched" */
  readonly events?: KeptEvents;
}

/** Opens an empty journal. */
export type OpenJournal = (options: JournalSuiteOptions) => Promise<JournalUnderTest>;

/** What a batch holds, beside what the bench fills in. */
export interface Recorded {
  readonly deliveries?: readonly NewDelivery[];
  readonly failures?: readonly FailedMatch[];
  readonly undecided?: readonly Undecided[];
  /** Events that nothing refers to, or that shall differ from the usual. */
  readonly events?: readonly ChangeEvent[];
  /** @default none is claimed */
  readonly claim?: ClaimRequest;
  readonly traces?: ReadonlyMap<string, string>;
  /** @default where the last batch ended */
  readonly from?: string | undefined;
}

/** A journal with a clock that moves when told, and short words for what the cases do. */
export interface JournalBench {
  /** The one that was opened last. */
  readonly journal: Journal;
  now(): number;
  advance(ms: number): void;
  reopen(events?: KeptEvents): Promise<void>;
  record(recorded: Recorded): Promise<readonly ClaimedDelivery[]>;
  claim(request?: Partial<ClaimRequest>): Promise<readonly ClaimedDelivery[]>;
  /** Claims everything that is due and settles it so. Returns the entries' names in the order of the claims. */
  settleAll(next: NextState): Promise<readonly string[]>;
  stateOf(delivery: Pick<NewDelivery, "key">): Promise<DeliveryState | undefined>;
}

const START_MS = Date.parse("2026-03-01T12:00:00Z");
export const LEASE_MS = 60_000;
export const NOTHING: ClaimRequest = { room: new Map(), bytes: 0, leaseMs: LEASE_MS };
export const EVERYTHING: ClaimRequest = { room: new Map([["sms", 1_000]]), bytes: 100_000_000, leaseMs: LEASE_MS };

/** Opens a journal for one case, and closes it whatever happens. */
export async function withBench(
  open: OpenJournal,
  options: Omit<JournalSuiteOptions, "clock">,
  run: (bench: JournalBench) => Promise<void>,
): Promise<void> {
  let time = START_MS;
  const clock = (): number => time;
  const opened = await open({ ...options, clock });
  let { journal } = opened;
  let last: string | undefined;
  let batches = 0;
  const bench: JournalBench = {
    get journal() {
      return journal;
    },
    now: clock,
    advance: (ms) => void (time += ms),
    async reopen(events) {
      journal = await opened.reopen(events);
    },
    async record(recorded) {
      batches += 1;
      const batch = batchOf(recorded, "from" in recorded ? recorded.from : last, `p${batches}`);
      const { deliveries = [], failures = [], undecided = [], traces } = recorded;
      const matched = { deliveries, failures, undecided, ...(traces === undefined ? {} : { traces }) };
      const claims = await journal.record(batch, matched, "hash-1", recorded.claim ?? NOTHING);
      last = batch.to;
      return claims;
    },
    claim: (request) => journal.claim({ ...EVERYTHING, ...request }),
    async settleAll(next) {
      const claims = await journal.claim(EVERYTHING);
      await journal.settle(claims.map((claim) => settlementOf(claim, next)));
      return claims.map((claim) => claim.then);
    },
    stateOf: async ({ key }) => (await journal.delivery(deliveryId(key)))?.state,
  };
  try {
    await run(bench);
  } finally {
    await opened.dispose();
  }
}

function batchOf({ deliveries = [], failures = [], undecided = [], events = [] }: Recorded, from: string | undefined, to: string): Batch {
  const given = new Set(events.map((event) => event.id));
  const ids = new Set([...deliveries, ...failures, ...undecided].map((one) => one.eventId).filter((id) => !given.has(id)));
  return { source: "shop", partition: "0", from, to, events: [...events, ...[...ids].map((id) => eventOf(id))] };
}

/** An inserted row. */
export function eventOf(id: string, fields: Partial<ChangeEvent> = {}): ChangeEvent {
  const after = { id, name: "thread" };
  return {
    id,
    source: "shop",
    origin: "log",
    operation: "insert",
    database: "shop",
    collection: "inventory",
    key: { id },
    previousKey: undefined,
    after,
    before: null,
    unsent: [],
    changed: Object.keys(after),
    committedAt: "2026-03-01T11:59:59.123456Z",
    ...fields,
  };
}

/** A delivery whose entry has this name: alone in its lane, unless said otherwise. */
export function asks(then: string, fields: Partial<NewDelivery> = {}): NewDelivery {
  const eventId = fields.eventId ?? `event-of-${then}`;
  return {
    key: deliveryKey(eventId, "low-stock", then),
    eventId,
    rule: "low-stock",
    then,
    service: "sms",
    action: "send",
    args: { body: then },
    lane: `lane-of-${then}`,
    ifUncertain: "retry",
    retry: undefined,
    expiresAt: undefined,
    ...fields,
  };
}

export function failed(then: string, fields: Partial<FailedMatch> = {}): FailedMatch {
  const { key, eventId, rule, service, action } = asks(then);
  return { key, eventId, rule, then, service, action, code: "TEMPLATE_FAILED", reason: "A template failed.", ...fields };
}

const OUTCOMES: Readonly<Record<NextState["state"], Outcome | undefined>> = {
  accepted: { kind: "accepted", receipt: { id: "SM1" } },
  rejected: { kind: "rejected", code: "SMS_1", reason: "No." },
  expired: { kind: "rejected", code: "EXPIRED", reason: "Too late." },
  dropped: { kind: "rejected", code: "DROPPED_BY_LIMIT", reason: "Too many." },
  held: { kind: "uncertain", code: "SMS_2", reason: "Perhaps." },
  uncertain: { kind: "uncertain", code: "SMS_2", reason: "Perhaps." },
  waiting: { kind: "unavailable", code: "SMS_3", reason: "Not now." },
  pending: undefined,
};

/** What a worker would say, where the attempt counted. */
export function settlementOf({ claim, attempts }: Pick<ClaimedDelivery, "claim" | "attempts">, next: NextState): Settlement {
  const outcome = OUTCOMES[next.state];
  return outcome === undefined ? { claim, attempts, next } : { claim, outcome, attempts: attempts + 1, next };
}
