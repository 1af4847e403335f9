import { JournalFull, PositionMoved, type ClaimedDelivery, type ClaimRequest, type KeptEvents } from "@backstitch/core/journal";
import { deliveryId, type FailedMatch, type Matched, needsJournal, type NewDelivery } from "@backstitch/core/rules";
import type { Batch } from "@backstitch/core/source";
import { encodeValue, type Row } from "@backstitch/core/values";
import { budgetOf, overHighWater, recentBytes, unmatchedOf } from "../shared/limits.ts";
import { type Origin, originOf } from "../shared/origin.ts";
import { claimed, type Standing } from "../shared/standing.ts";
import { isSame } from "../shared/undecided.ts";
import { claimedDelivery } from "./claim.ts";
import { keepRecent, newUnmatched, nowMatched } from "./unmatched.ts";
import { countAsked, isBlocked, isPaused, joinLane, moveTo, type HeldDelivery, type Memory } from "./memory.ts";

export interface Recording {
  readonly batch: Batch;
  readonly matched: Matched;
  readonly ruleSetHash: string;
  readonly claim: ClaimRequest;
  readonly maxBytes: number;
  readonly events: KeptEvents;
  readonly now: number;
}

/** About what a delivery takes beside its arguments. */
const OVERHEAD_BYTES = 200;

/** Checks first, changes afterwards: a call that throws changed nothing. */
export function record(memory: Memory, recording: Recording): ClaimedDelivery[] {
  const { batch, matched, ruleSetHash, now } = recording;
  checkPosition(memory, batch);
  const fresh = newOnes(memory, matched);
  const unmatched = newUnmatched(memory, recording);
  const bytes = bytesOf(recording, fresh) + unmatched.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes > 0 && memory.seen.bytes + bytes > recording.maxBytes) {
    throw new JournalFull(overHighWater(memory.seen.bytes + bytes, recording.maxBytes));
  }
  memory.seen.bytes += bytes;
  memory.seen.events += batch.events.length;
  positionsOf(memory, batch.source).set(batch.partition, batch.to);
  keepEvents(memory, recording);
  for (const { event, bytes } of unmatched) {
    memory.events.set(event.id, { event, undecided: [], unmatched: { bytes }, recordedAt: now, asked: 0 });
  }
  if (recording.events === "matched") keepRecent(memory, unmatchedOf(batch.events, recording.matched), recentBytes(recording.maxBytes));
  const added = [...fresh].map(([id, asked]) => {
    const origin = originOf(memory.events.get(asked.eventId)?.event, matched);
    return add(memory, { id, asked, origin, ruleSetHash, now });
  });
  return claimAtOnce(memory, added, recording);
}

function checkPosition(memory: Memory, { source, partition, from }: Batch): void {
  if (positionsOf(memory, source).get(partition) !== from) throw new PositionMoved(source, partition);
}

function positionsOf(memory: Memory, source: string): Map<string, string> {
  const known = memory.positions.get(source) ?? new Map<string, string>();
  memory.positions.set(source, known);
  return known;
}

/** By id; of two with the same key the first counts. */
function newOnes(memory: Memory, { deliveries, failures }: Matched): Map<string, NewDelivery | FailedMatch> {
  const fresh = new Map<string, NewDelivery | FailedMatch>();
  for (const asked of [...failures, ...deliveries]) {
    const id = deliveryId(asked.key);
    if (!memory.deliveries.has(id) && !fresh.has(id)) fresh.set(id, asked);
  }
  return fresh;
}

function bytesOf({ matched }: Recording, fresh: Map<string, NewDelivery | FailedMatch>): number {
  let bytes = matched.undecided.length * OVERHEAD_BYTES;
  for (const asked of fresh.values()) bytes += sizeOf(asked) + OVERHEAD_BYTES;
  return bytes;
}

function sizeOf(asked: NewDelivery | FailedMatch): number {
  return "args" in asked ? Buffer.byteLength(encodeValue(asked.args)) : 0;
}

/** Events that something refers to. One that is read again adds only what was not undecided before. */
function keepEvents(memory: Memory, { batch, matched, now }: Recording): void {
  const byId = new Map(batch.events.map((event) => [event.id, event]));
  for (const { eventId } of [...matched.deliveries, ...matched.failures, ...matched.undecided]) {
    const known = memory.events.get(eventId);
    const fresh = { event: byId.get(eventId), undecided: [], unmatched: undefined, recordedAt: now, asked: 0 };
    if (known === undefined) memory.events.set(eventId, fresh);
    else if (known.unmatched !== undefined) nowMatched(memory, known);
  }
  for (const one of matched.undecided) {
    const kept = memory.events.get(one.eventId);
    if (kept === undefined || kept.undecided.some((other) => isSame(one, other))) continue;
    kept.undecided = [...kept.undecided, one];
    memory.seen.undecided += 1;
  }
}

interface Added {
  readonly id: string;
  readonly asked: NewDelivery | FailedMatch;
  readonly origin: Origin;
  readonly ruleSetHash: string;
  readonly now: number;
}

function add(memory: Memory, { id, asked, origin, ruleSetHash, now }: Added): HeldDelivery {
  const lane = "lane" in asked ? asked.lane : "";
  const args: Row | undefined = "args" in asked ? asked.args : undefined;
  const standing: Standing = { state: "pending", dueAt: now, attempts: 0, triedAt: undefined, claim: 0, claims: 0, uncertain: false };
  const seq = (memory.seen.deliveries += 1);
  const expiresAt = "expiresAt" in asked ? asked.expiresAt : undefined;
  const turn = "turn" in asked ? asked.turn : undefined;
  const kept = { seq, id, asked, origin, lane, ruleSetHash, recordedAt: now, args, turn, bytes: sizeOf(asked), expiresAt };
  const unsettled = { settledAt: undefined, redriven: false, purged: false, quota: undefined, keptBack: false };
  const held: HeldDelivery = { ...kept, standing, ...unsettled, lapse: undefined, outcomes: [] };
  memory.deliveries.set(id, held);
  countAsked(memory, asked.eventId, 1);
  if ("code" in asked) {
    held.outcomes.push({ attempt: 0, at: now, outcome: { kind: "rejected", code: asked.code, reason: asked.reason } });
    moveTo(memory, held, { ...standing, state: "rejected", dueAt: undefined }, now);
  } else {
    joinLane(memory, held);
    moveTo(memory, held, standing, now);
  }
  return held;
}

function claimAtOnce(memory: Memory, added: readonly HeldDelivery[], { claim, now }: Recording): ClaimedDelivery[] {
  const budget = budgetOf(claim);
  const taken = added.filter((held) => {
    if (held.standing.state !== "pending" || isBlocked(memory, held) || isPaused(memory, held)) return false;
    if ("limits" in held.asked && needsJournal(held.asked.limits)) return false;
    return budget.take(held.asked.service ?? "", held.bytes);
  });
  for (const held of taken) moveTo(memory, held, claimed(held.standing, now + claim.leaseMs), now);
  return taken.map(claimedDelivery);
}
