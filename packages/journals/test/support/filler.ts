/** Records until there is no room, says so, and goes on trying the same batch. Says `refused` or `recorded` for each try. Arguments: the journal's path. */
import { setTimeout } from "node:timers/promises";
import { JournalFull } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { batch, CLAIM_ALL, delivery } from "./batches.ts";

const journal = openSqliteJournal({ path: process.argv[2] ?? "", owner: "take" });
const args = { body: "x".repeat(20_000) };
for (let number = 0; ;) {
  const next = batch(number, [delivery(`${number}-0`, { args }), delivery(`${number}-1`, { args })]);
  try {
    await journal.record(next.batch, next.matched, "hash", { ...CLAIM_ALL, room: new Map() });
    console.log("recorded");
    number += 1;
  } catch (error) {
    const { events } = await journal.counts();
    console.log(error instanceof JournalFull && events === number * 2 ? "refused" : String(error));
    await setTimeout(10);
  }
}
