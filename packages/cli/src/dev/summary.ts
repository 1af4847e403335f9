import type { Journal } from "@backstitch/core/journal";
import pc from "picocolors";
import { count } from "../open-project.ts";

/** Prints what became of everything. Returns whether every delivery has an end state. */
export async function printSummary(journal: Journal): Promise<boolean> {
  const counts = await journal.counts();
  const { accepted, rejected, expired, dropped, held, ...open } = counts.deliveries;
  const ended = { accepted, rejected, expired, dropped, held };
  const total = [...Object.values(ended), ...Object.values(open)].reduce((sum, number) => sum + number, 0);
  const parts = Object.entries({ ...ended, ...open }).filter(([, number]) => number > 0);
  console.log(
    `\n${count(counts.events, "event")}, ${total} ${total === 1 ? "delivery" : "deliveries"}: ${parts.map(([state, number]) => `${number} ${state}`).join(", ")}.`,
  );
  for (const { rule, then, outcomes } of await journal.deliveries({ states: ["rejected", "held"] })) {
    const last = outcomes.at(-1)?.outcome;
    if (last !== undefined && last.kind !== "accepted")
      console.log(`  ${pc.red("✗")} ${rule} → ${then ?? "when"}: ${last.code} ${last.reason}`);
  }
  return Object.values(open).every((number) => number === 0);
}
