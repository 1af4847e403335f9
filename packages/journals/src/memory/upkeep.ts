import { mayMove, type Decision, type KeptEvents, type Note, type RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import { KEY_KEPT_MS, PAYLOAD_KEPT_MS, PURGE_ROWS } from "../shared/limits.ts";
import { decided, decidedOutcome, redriven, type Standing } from "../shared/standing.ts";
import { forgetAdmitted } from "./admit.ts";
import { forgetLifted } from "./news.ts";
import { nowMatched } from "./unmatched.ts";
import { countAsked, joinLane, leaveLane, moveTo, type HeldDelivery, type Memory } from "./memory.ts";

/** Returns the ids that were redriven. */
export function redrive(memory: Memory, requests: readonly RedriveRequest[], note: Note | undefined, now: number): string[] {
  return requests.filter((request) => redriveOne(memory, request, note, now)).map((request) => request.id);
}

function redriveOne(memory: Memory, { id, rendered }: RedriveRequest, note: Note | undefined, now: number): boolean {
  const held = memory.deliveries.get(id);
  if (held === undefined || !mayMove("redrive", held.standing.state)) return false;
  if (held.asked.service === undefined || held.asked.action === undefined) return false;
  if (held.args === undefined) {
    if (rendered === undefined) return false;
    const lane = held.lane === "" ? rendered.lane : held.lane;
    held.asked = { ...held.asked, ...rendered, lane };
    held.lane = lane;
    held.args = rendered.args;
    held.turn = rendered.turn;
    held.bytes = Buffer.byteLength(encodeValue(rendered.args));
    memory.seen.bytes += held.bytes;
  }
  const last = lastCode(held);
  leaveLane(memory, held);
  held.redriven = true;
  held.report = undefined;
  held.expiresAt = undefined;
  held.purged = false;
  if (note !== undefined) held.outcomes.push({ attempt: held.standing.attempts, at: now, outcome: decidedOutcome("retry", note) });
  joinLane(memory, held);
  moveTo(memory, held, redriven(held.standing, now, last), now);
  return true;
}

/** A decision that held it is the last that is known of it. */
function lastCode({ outcomes }: HeldDelivery): string | undefined {
  const last = outcomes.at(-1)?.outcome;
  return last === undefined || last.kind === "accepted" ? undefined : last.code;
}

/** Returns the ids to which it was done. */
export function decide(memory: Memory, decision: Decision, ids: readonly string[], { note, now }: { note: Note; now: number }): string[] {
  return ids.filter((id) => {
    const held = memory.deliveries.get(id);
    if (held === undefined || !mayMove(decision, held.standing.state) || (decision === "forget" && held.purged)) return false;
    const { asked, recordedAt, standing } = held;
    const ifUncertain = "ifUncertain" in asked ? asked.ifUncertain : "retry";
    const next = decided(standing, decision, { now, recordedAt, ifUncertain, last: lastCode(held) });
    held.outcomes.push({ attempt: standing.attempts, at: now, outcome: decidedOutcome(decision, note) });
    if (decision === "forget") forgetNow(memory, held, next);
    else moveTo(memory, held, next, now);
    return true;
  });
}

/** The event goes with the last of its deliveries' arguments. */
function forgetNow(memory: Memory, held: HeldDelivery, next: Standing): void {
  const { eventId } = held.asked;
  held.standing = next;
  forgetPayload(memory, held);
  const event = memory.events.get(eventId);
  const isWanted = [...memory.deliveries.values()].some(({ asked, purged }) => asked.eventId === eventId && !purged);
  if (event !== undefined && !isWanted) event.event = undefined;
}

/** Forgets payloads, then keys, of what was settled long ago: at most so many a call. Returns how many it touched. */
export function purge(memory: Memory, now: number, events: KeptEvents): number {
  const old = [...memory.deliveries.values()].filter((held) => isOld(held, now)).slice(0, PURGE_ROWS);
  for (const held of old) {
    if (held.purged) forgetKey(memory, held);
    else forgetPayload(memory, held);
  }
  const kept = new Map<string, boolean>();
  for (const { asked, purged } of memory.deliveries.values()) kept.set(asked.eventId, kept.get(asked.eventId) === true || !purged);
  const admitted = forgetAdmitted(memory, now);
  return (
    admitted +
    forgetLifted(memory, now) +
    old.length +
    forgetEvents(memory, kept, now) +
    forgetUnmatched(memory, events === "none" ? now : now - PAYLOAD_KEPT_MS)
  );
}

function isOld({ settledAt, purged }: HeldDelivery, now: number): boolean {
  return settledAt !== undefined && now - settledAt >= (purged ? KEY_KEPT_MS : PAYLOAD_KEPT_MS);
}

function forgetKey(memory: Memory, { id, asked }: HeldDelivery): void {
  memory.deliveries.delete(id);
  countAsked(memory, asked.eventId, -1);
}

function forgetPayload(memory: Memory, held: HeldDelivery): void {
  memory.seen.bytes -= held.bytes;
  held.args = undefined;
  held.turn = undefined;
  held.bytes = 0;
  held.purged = true;
}

/** @param kept Whether a delivery of the event still has its payload; absent: it has no deliveries. */
function forgetEvents(memory: Memory, kept: ReadonlyMap<string, boolean>, now: number): number {
  let undecided = 0;
  for (const [id, held] of memory.events) {
    const isUndecidedOld = held.undecided.length > 0 && now - held.recordedAt >= PAYLOAD_KEPT_MS;
    if (isUndecidedOld) {
      held.undecided = [];
      undecided += 1;
    }
    if (kept.get(id) === false) held.event = undefined;
    if (!kept.has(id) && held.undecided.length === 0 && held.unmatched === undefined) memory.events.delete(id);
  }
  return undecided;
}

/** Events that matched nothing, recorded until then. */
function forgetUnmatched(memory: Memory, until: number): number {
  const old = [...memory.events]
    .filter(([, { unmatched, recordedAt }]) => unmatched !== undefined && recordedAt <= until)
    .slice(0, PURGE_ROWS);
  for (const [id, held] of old) {
    nowMatched(memory, held);
    memory.events.delete(id);
  }
  return old.length;
}
