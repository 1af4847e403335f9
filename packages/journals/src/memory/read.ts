import type { Counts, DeliveryFilter, DeliveryRecord, DeliveryState, EventRecord, RecordedOutcome } from "@backstitch/core/journal";
import { rowFrom } from "@backstitch/core/values";
import { SHOWN } from "../shared/limits.ts";
import { isSettled } from "../shared/standing.ts";
import { shownReport } from "../shared/news.ts";
import { STATES } from "../shared/states.ts";
import { isBlocked, type HeldDelivery, type Memory } from "./memory.ts";

export function readEvent(memory: Memory, id: string): EventRecord | undefined {
  const held = memory.events.get(id);
  const recent = held === undefined ? memory.recent.get(id) : undefined;
  if (recent !== undefined) return { event: recent.event, undecided: [] };
  return held?.event === undefined ? undefined : { event: held.event, undecided: held.undecided };
}

export function delivery(memory: Memory, id: string): DeliveryRecord | undefined {
  const held = memory.deliveries.get(id);
  return held === undefined ? undefined : recordOf(memory, held);
}

/** Newest last. */
export function deliveries(memory: Memory, filter: DeliveryFilter): DeliveryRecord[] {
  const { afterSeq, limit = SHOWN } = filter;
  const found = [...memory.deliveries.values()].filter((held) => fits(held, filter));
  const shown = afterSeq === undefined ? found.slice(Math.max(found.length - limit, 0)) : found.slice(0, limit);
  return shown.map((held) => recordOf(memory, held));
}

function fits({ seq, asked, standing, recordedAt, report, outcomes }: HeldDelivery, filter: DeliveryFilter): boolean {
  const {
    states,
    rule,
    service,
    eventId,
    code,
    outcome,
    reported,
    recordedFrom = -Infinity,
    recordedBefore = Infinity,
    afterSeq = 0,
  } = filter;
  return (
    (states === undefined || states.includes(standing.state)) &&
    (rule === undefined || asked.rule === rule) &&
    (service === undefined || asked.service === service) &&
    (eventId === undefined || asked.eventId === eventId) &&
    (code === undefined || codeOf(outcomes.at(-1)) === code) &&
    (outcome === undefined || outcomes.at(-1)?.outcome.kind === outcome) &&
    (reported === undefined || (report !== undefined && reported.includes(report.standing))) &&
    recordedAt >= recordedFrom &&
    recordedAt < recordedBefore &&
    seq > afterSeq
  );
}

function codeOf(last: RecordedOutcome | undefined): string | undefined {
  return last === undefined || last.outcome.kind === "accepted" ? undefined : last.outcome.code;
}

function recordOf(memory: Memory, held: HeldDelivery): DeliveryRecord {
  const { id, seq, asked, lane, args, recordedAt, expiresAt, redriven, ruleSetHash, outcomes } = held;
  const { eventId, rule, then, service, action } = asked;
  const { state, attempts } = held.standing;
  const dueAt = held.keptBack ? memory.queues.get(held.quota?.of ?? "")?.lookAt : held.standing.dueAt;
  const shown = { id, seq, eventId, rule, then, service, action, lane, state, args, attempts, recordedAt, dueAt, expiresAt };
  return { ...shown, blocked: isBlocked(memory, held), redriven, ruleSetHash, report: shownReport(held.report), outcomes: [...outcomes] };
}

export function counts(memory: Memory): Counts {
  const { events, undecided, bytes } = memory.seen;
  const states = rowFrom(STATES.map((state) => [state, 0])) as Record<DeliveryState, number>;
  for (const { standing } of memory.deliveries.values()) states[standing.state] += 1;
  return { events, undecided, deliveries: states, lanes: lanesOf(memory), bytes };
}

function lanesOf({ lanes }: Memory): Counts["lanes"] {
  const waiting = [...lanes.values()].map((lane) => lane.slice(1)).filter((lane) => lane.length > 0);
  const since = waiting.flat().reduce((oldest, { recordedAt }) => Math.min(oldest, recordedAt), Infinity);
  return { blocked: waiting.length, blockedSince: since === Infinity ? undefined : since };
}

/** How many later deliveries of its lane are settled, where any is. */
export function movedOn(memory: Memory, ids: readonly string[]): Map<string, number> {
  const all = [...memory.deliveries.values()].filter(({ lane, standing }) => lane !== "" && isSettled(standing.state));
  const moved = new Map<string, number>();
  for (const id of ids) {
    const held = memory.deliveries.get(id);
    const later = all.filter(({ lane, seq }) => lane === held?.lane && seq > held.seq).length;
    if (later > 0) moved.set(id, later);
  }
  return moved;
}
