import type { Journal } from "@backstitch/core/journal";
import { withJournal } from "../deliveries/journal.ts";
import { pauseSentence } from "../pauses.ts";
import { ageOf } from "../words.ts";

/** `backstitch status`: what the journal holds, what is paused, and which services lock us out. */
export async function status({ project, json }: { readonly project: string; readonly json: boolean }): Promise<void> {
  await withJournal(project, async (journal) => {
    const [counts, paused] = [await journal.counts(), await journal.paused()];
    const lockedOut = await lockedOutIn(journal);
    if (json) return console.log(JSON.stringify({ ...counts, paused, lockedOut }));
    console.log(`${String(counts.events).padStart(9)}  events, ${counts.undecided} undecided`);
    for (const [state, many] of Object.entries(counts.deliveries)) if (many > 0) console.log(`${String(many).padStart(9)}  ${state}`);
    const { blocked, blockedSince } = counts.lanes;
    if (blockedSince !== undefined)
      console.log(
        `${String(blocked).padStart(9)}  ${blocked === 1 ? "lane" : "lanes"} blocked, the oldest for ${ageOf(blockedSince, Date.now())}`,
      );
    console.log(`${String(counts.bytes).padStart(9)}  bytes in the journal`);
    for (const one of paused) console.log(pauseSentence(one));
    for (const { service, code, at, reason } of lockedOut)
      console.log(`Service ${JSON.stringify(service)} locks us out, last at ${new Date(at).toISOString()}: ${code} ${reason}`);
  });
}

interface LockedOut {
  readonly service: string;
  readonly code: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Those that are tried go first, and are the oldest. */
const LOOKED_AT = 1_000;

/** Services whose deliveries wait since the service would not have us; once it has us again these are attempted first. */
async function lockedOutIn(journal: Journal): Promise<readonly LockedOut[]> {
  const found = new Map<string, LockedOut>();
  for (const { service, outcomes } of await journal.deliveries({ states: ["waiting"], afterSeq: 0, limit: LOOKED_AT })) {
    const { outcome, at } = outcomes.at(-1) ?? {};
    if (service === undefined || at === undefined || outcome?.kind !== "locked-out") continue;
    if (at >= (found.get(service)?.at ?? 0)) found.set(service, { service, code: outcome.code, reason: outcome.reason, at });
  }
  return [...found.values()];
}
