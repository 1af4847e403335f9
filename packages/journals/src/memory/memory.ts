import type { CountedQuota, Lapse, Pause, RecordedOutcome } from "@backstitch/core/journal";
import type { FailedMatch, NewDelivery, Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import type { KeptReport } from "../shared/news.ts";
import type { Origin } from "../shared/origin.ts";
import { createProbes, type Probes } from "../shared/queue.ts";
import type { HeldSuppression } from "./news.ts";
import { isClaimed, isSettled, lapsed, type WhyLapsed, type Standing } from "../shared/standing.ts";

export interface HeldEvent {
  event: ChangeEvent | undefined;
  undecided: readonly Undecided[];
  /** Nothing refers to it; with the bytes that it counts for. */
  unmatched: { readonly bytes: number } | undefined;
  readonly recordedAt: number;
  /** How many deliveries, failed matches among them, were recorded of it and are not forgotten yet. */
  asked: number;
}

/** A delivery, or a failed match, which differs in having no lane, no arguments and perhaps no service. */
export interface HeldDelivery {
  readonly seq: number;
  readonly id: string;
  asked: NewDelivery | FailedMatch;
  readonly origin: Origin;
  lane: string;
  readonly ruleSetHash: string;
  readonly recordedAt: number;
  args: Row | undefined;
  /** Forgotten with the arguments. */
  turn: string | undefined;
  bytes: number;
  standing: Standing;
  settledAt: number | undefined;
  redriven: boolean;
  expiresAt: number | undefined;
  purged: boolean;
  /** The last of its claims that had started and ended without an outcome; undefined: none did. */
  lapse: { readonly claim: number; readonly outcome: Lapse } | undefined;
  /** The quota in whose queue it waits, or waited last. */
  quota: CountedQuota | undefined;
  /** It waits in that queue. */
  keptBack: boolean;
  /** What the far side told of it. */
  report?: KeptReport | undefined;
  readonly outcomes: RecordedOutcome[];
}

/** Of a quota that keeps deliveries back. */
export interface HeldQueue {
  readonly of: string;
  readonly limit: string;
  most: number;
  /** When it is looked at next. */
  lookAt: number;
}

/** What a journal in memory holds: hand it to the next journal, and that one goes on as after a crash. */
export interface Memory {
  epoch: number;
  readonly positions: Map<string, Map<string, string>>;
  readonly events: Map<string, HeldEvent>;
  /** The last that matched nothing, oldest first. */
  readonly recent: Map<string, { readonly event: ChangeEvent; readonly bytes: number }>;
  readonly deliveries: Map<string, HeldDelivery>;
  /** Those that are not settled, the next one first. */
  readonly lanes: Map<string, HeldDelivery[]>;
  /** What was counted by quotas: name → delivery's id → until when. */
  readonly admitted: Map<string, Map<string, number>>;
  /** By what their quotas count. */
  readonly queues: Map<string, HeldQueue>;
  probes: Probes;
  /** Those that are not settled. */
  readonly open: Set<HeldDelivery>;
  /** By what and name. */
  readonly pauses: Map<string, Pause>;
  /** By service and recipient. */
  readonly suppressions: Map<string, HeldSuppression>;
  readonly seen: { events: number; undecided: number; deliveries: number; bytes: number; recentBytes: number };
}

export function emptyMemory(): Memory {
  const seen = { events: 0, undecided: 0, deliveries: 0, bytes: 0, recentBytes: 0 };
  const maps = {
    positions: new Map(),
    events: new Map(),
    recent: new Map(),
    deliveries: new Map(),
    lanes: new Map(),
    admitted: new Map(),
    queues: new Map(),
    pauses: new Map(),
    suppressions: new Map(),
  };
  return { epoch: 0, ...maps, open: new Set(), probes: createProbes(), seen };
}

/** Deliveries of the event were recorded, or forgotten. */
export function countAsked({ events }: Memory, eventId: string, by: number): void {
  const event = events.get(eventId);
  if (event !== undefined) event.asked += by;
}

/** An earlier delivery of its lane is not settled. */
export function isBlocked(memory: Memory, held: HeldDelivery): boolean {
  const lane = memory.lanes.get(laneOf(held));
  return lane !== undefined && lane.includes(held) && lane[0] !== held;
}

export function isPaused({ pauses }: Memory, { asked: { rule, service } }: HeldDelivery): boolean {
  return pauses.has(`rule ${rule}`) || pauses.has(`service ${service}`);
}

/** Redriven deliveries have a lane of their own beside that from which they were taken. */
function laneOf({ lane, redriven }: HeldDelivery): string {
  return redriven ? `${lane}/redriven` : lane;
}

/** Behind the first, which may be under way, by age. */
export function joinLane(memory: Memory, held: HeldDelivery): void {
  const [first, ...rest] = memory.lanes.get(laneOf(held)) ?? [];
  const lane = first === undefined ? [held] : [first, ...[...rest, held].sort((left, right) => left.seq - right.seq)];
  memory.lanes.set(laneOf(held), lane);
}

export function leaveLane(memory: Memory, held: HeldDelivery): void {
  const rest = (memory.lanes.get(laneOf(held)) ?? []).filter((one) => one !== held);
  if (rest.length === 0) memory.lanes.delete(laneOf(held));
  else memory.lanes.set(laneOf(held), rest);
}

/** Whatever moves it takes it out of the queue in which it waits. */
export function moveTo(memory: Memory, held: HeldDelivery, to: Standing, now: number): void {
  held.standing = to;
  held.keptBack = false;
  if (isSettled(to.state)) {
    held.settledAt = now;
    memory.open.delete(held);
    leaveLane(memory, held);
  } else {
    held.settledAt = undefined;
    memory.open.add(held);
  }
}

/** Ends claims without an outcome: all of them, or those whose lease is over. */
export function endClaims(memory: Memory, lapse: WhyLapsed, now: number): void {
  for (const held of memory.open) {
    const { state, dueAt = 0 } = held.standing;
    if (!isClaimed(state) || (lapse === "CLAIM_LAPSED" && dueAt > now)) continue;
    const [standing, outcome] = lapsed(held.standing, lapse, { now, recordedAt: held.recordedAt });
    if (outcome !== undefined) {
      held.outcomes.push({ attempt: standing.attempts, at: now, outcome });
      held.lapse = { claim: standing.claim, outcome };
    }
    moveTo(memory, held, standing, now);
  }
}
