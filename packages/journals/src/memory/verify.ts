import type { Unaccounted } from "@backstitch/core/journal";
import { isSettled } from "../shared/standing.ts";
import { MOST_UNACCOUNTED, unaccounted, withoutOutcome } from "../shared/unaccounted.ts";
import type { HeldDelivery, Memory } from "./memory.ts";

export function verify(memory: Memory): Unaccounted[] {
  const referred = new Set([...memory.deliveries.values()].map(({ asked }) => asked.eventId));
  const events = [...memory.events].filter(
    ([id, { undecided, unmatched }]) => unmatched === undefined && undecided.length === 0 && !referred.has(id),
  );
  return [
    ...[...memory.deliveries.values()].flatMap((held) => wrongOf(memory, held)),
    ...events.map(([id]) => unaccounted("EVENT_UNACCOUNTED", id)),
  ].slice(0, MOST_UNACCOUNTED);
}

function wrongOf(memory: Memory, { id, asked, args, standing, outcomes, keptBack, quota }: HeldDelivery): readonly Unaccounted[] {
  const { state, dueAt } = standing;
  const isLost = keptBack && !memory.queues.has(quota?.of ?? "");
  const ends = outcomes.filter(({ outcome }) => state !== "accepted" || outcome.kind === "accepted");
  return [
    ...((isSettled(state) || state === "held") && ends.length === 0 ? [withoutOutcome(id, state)] : []),
    ...(!isSettled(state) && args === undefined ? [unaccounted("ARGUMENTS_MISSING", id)] : []),
    ...(!isSettled(state) && state !== "held" && (dueAt === undefined || isLost) ? [unaccounted("NEVER_DUE", id)] : []),
    ...(memory.events.has(asked.eventId) ? [] : [unaccounted("EVENT_MISSING", id)]),
  ];
}
