/**
 * One of the workers of the journal's benchmark: claims, starts and settles everything there is, some batches at the same time, without a far side.
 * Arguments: the server's URL, the worker's name. Told "go", it answers when it has settled all it could get.
 */
import { once } from "node:events";
import type { ClaimRequest } from "@backstitch/core/journal";
import { openPostgresJournal } from "@backstitch/journals/postgres";
import { accept } from "./recorded.ts";

const [, , connectionString = "", worker = ""] = process.argv;
const CLAIM: ClaimRequest = { room: new Map([["sink", 256]]), bytes: 8 * 1024 * 1024, leaseMs: 150_000 };
const AT_ONCE = 2;

const journal = await openPostgresJournal({ connectionString, worker, as: "work" });

/** Until nothing is pending. Lanes are all different, so that nothing comes to be pending meanwhile. */
async function workOff(): Promise<void> {
  for (;;) {
    const claims = await journal.claim(CLAIM);
    if (claims.length === 0) return;
    await accept(journal, claims);
  }
}

const told = once(process, "message");
process.send?.("ready");
await told;
await Promise.all(Array.from({ length: AT_ONCE }, workOff));
process.send?.("done");
await journal.close();
process.disconnect();
