/** Claims from a journal in which many wait, settles what it claimed, and tells how long each claim took. Argument: the journal's file. */
import { setImmediate as turn } from "node:timers/promises";
import type { ClaimRequest } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { accept } from "./recorded.ts";

const CLAIMS = 1_000;
const REQUEST: ClaimRequest = { room: new Map([["sink", 64]]), bytes: 8 * 1024 * 1024, leaseMs: 150_000 };

const journal = openSqliteJournal({ path: process.argv[2] ?? "", owner: "take" });
const times: number[] = [];
for (let claimed = 0; claimed < CLAIMS; claimed += 1) {
  const began = performance.now();
  const claims = await journal.claim(REQUEST);
  times.push(performance.now() - began);
  await accept(journal, claims);
  // As where something is attempted: the journal hears of its own thread.
  await turn();
}
await journal.close();
process.send?.(times);
process.disconnect();
