/**
 * One of the workers of the journal's benchmark: claims, starts and settles everything there is, some batches at the same time, without a far side.
 * Arguments: the server's URL, the worker's name. Told "go", it answers with how many it settled.
 */
import { once } from "node:events";
import type { ClaimRequest } from "@backstitch/core/journal";
import { openPostgresJournal } from "@backstitch/journals/postgres";

const [, , connectionString = "", worker = ""] = process.argv;
const CLAIM: ClaimRequest = { room: new Map([["sink", 256]]), bytes: 8 * 1024 * 1024, leaseMs: 150_000 };
const AT_ONCE = 2;

const journal = await openPostgresJournal({ connectionString, worker, as: "work" });

/** Until nothing is pending. Lanes are all different, so that nothing comes to be pending meanwhile. */
async function workOff(): Promise<number> {
  for (let settled = 0; ;) {
    const claims = await journal.claim(CLAIM);
    if (claims.length === 0) return settled;
    await journal.start(claims.map(({ claim }) => claim));
    const outcome = { kind: "accepted", receipt: { id: "0123456789abcdef" } } as const;
    await journal.settle(claims.map(({ claim }) => ({ claim, outcome, attempts: 1, next: { state: "accepted" } })));
    settled += claims.length;
  }
}

const told = once(process, "message");
process.send?.("ready");
await told;
const settled = await Promise.all(Array.from({ length: AT_ONCE }, workOff));
process.send?.(settled.reduce((sum, one) => sum + one, 0));
await journal.close();
process.disconnect();
