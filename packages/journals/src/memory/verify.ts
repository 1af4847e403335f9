import type { RecordedOutcome, Unaccounted } from "@backstitch/core/journal";
import { isSettled } from "../shared/standing.ts";
import { MOST_UNACCOUNTED, eventUnaccounted, unaccounted, withoutOutcome } from "../shared/unaccounted.ts";
import { FORGOTTEN, TOLD } from "../shared/ends.ts";
import type { HeldDelivery, HeldEvent, Memory } from "./memory.ts";

export function verify(memory: Memory): Unaccounted[] {
  const there = new Map<string, number>();
  for (const { asked } of memory.deliveries.values()) there.set(asked.eventId, (there.get(asked.eventId) ?? 0) + 1);
  return [
    ...[...memory.deliveries.values()].flatMap((held) => wrongOf(memory, held)),
    ...[...memory.events].flatMap(([id, event]) => wrongOfEvent(id, event, there.get(id) ?? 0)),
  ].slice(0, MOST_UNACCOUNTED);
}

function wrongOfEvent(id: string, { asked, undecided, unmatched }: HeldEvent, there: number): readonly Unaccounted[] {
  const isKept = asked > 0 || undecided.length > 0 || unmatched !== undefined;
  return isKept && asked === there ? [] : [eventUnaccounted(id, asked, there)];
}

function wrongOf(memory: Memory, { id, asked, args, standing, outcomes, keptBack, quota }: HeldDelivery): readonly Unaccounted[] {
  const { state, dueAt } = standing;
  const isLost = keptBack && !memory.queues.has(quota?.of ?? "");
  const isTold = TOLD.includes(`${state} ${lastTold(outcomes)}`);
  return [
    ...((isSettled(state) || state === "held") && !isTold ? [withoutOutcome(id, state)] : []),
    ...(!isSettled(state) && args === undefined ? [unaccounted("ARGUMENTS_MISSING", id)] : []),
    ...(!isSettled(state) && state !== "held" && (dueAt === undefined || isLost) ? [unaccounted("NEVER_DUE", id)] : []),
    ...(memory.events.has(asked.eventId) ? [] : [unaccounted("EVENT_MISSING", id)]),
  ];
}

function lastTold(outcomes: readonly RecordedOutcome[]): string {
  const last = outcomes.findLast(({ outcome }) => outcome.kind === "accepted" || outcome.code !== FORGOTTEN)?.outcome;
  return last?.kind === "decided" ? last.code : (last?.kind ?? "");
}
