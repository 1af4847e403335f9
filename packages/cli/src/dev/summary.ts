import type { DeliveryRecord, Journal } from "@backstitch/core/journal";
import { colours as pc } from "../colours.ts";
import { count } from "../words.ts";
import { eventName } from "./event-name.ts";

const MOST_LISTED = 500;

/** Prints what became of each event that matched. Returns whether every delivery has an end state. */
export async function printSummary(journal: Journal): Promise<boolean> {
  const counts = await journal.counts();
  const { accepted, rejected, expired, dropped, held, ...open } = counts.deliveries;
  const byEvent = Map.groupBy(await journal.deliveries({ limit: MOST_LISTED }), ({ eventId }) => eventId);
  console.log(pc.bold("\nWhat became of it"));
  for (const [eventId, deliveries] of byEvent) {
    const event = (await journal.event(eventId))?.event;
    console.log(`  ${(event === undefined ? eventId : eventName(event)).padEnd(22)} ${deliveries.map(endOf).join(pc.dim(" · "))}`);
  }
  const all = Object.entries({ accepted, rejected, expired, dropped, held, ...open }).filter(([, number]) => number > 0);
  const states = all.map(([state, number]) => `${number} ${state}`).join(", ");
  const left = Object.values(open).reduce((sum, number) => sum + number, 0);
  const total = all.reduce((sum, [, number]) => sum + number, 0);
  const matched = total > MOST_LISTED ? `; the newest ${MOST_LISTED} deliveries are listed` : `, of which ${byEvent.size} matched`;
  console.log(`${count(counts.events, "event")}${matched}; deliveries: ${states === "" ? "none" : states}.`);
  console.log(left === 0 ? pc.green("Every matched event has an end state.") : pc.red(`${left} deliveries have no end state.`));
  return left === 0;
}

function endOf({ service, action, state, outcomes }: DeliveryRecord): string {
  const last = outcomes.at(-1)?.outcome;
  const why = last === undefined || last.kind === "accepted" ? "" : ` (${last.code})`;
  return `${service ?? "?"}.${action ?? "?"} ${(state === "accepted" ? pc.green : pc.red)(state)}${why}`;
}
