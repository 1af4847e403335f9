import { withJournal } from "../deliveries/journal.ts";
import { pauseSentence } from "../pauses.ts";
import { ageOf } from "../words.ts";

/** `backstitch status`: what the journal holds, and what is paused. */
export async function status({ project, json }: { readonly project: string; readonly json: boolean }): Promise<void> {
  await withJournal(project, async (journal) => {
    const [counts, paused] = [await journal.counts(), await journal.paused()];
    if (json) return console.log(JSON.stringify({ ...counts, paused }));
    console.log(`${String(counts.events).padStart(9)}  events, ${counts.undecided} undecided`);
    for (const [state, many] of Object.entries(counts.deliveries)) if (many > 0) console.log(`${String(many).padStart(9)}  ${state}`);
    const { blocked, blockedSince } = counts.lanes;
    if (blockedSince !== undefined)
      console.log(
        `${String(blocked).padStart(9)}  ${blocked === 1 ? "lane" : "lanes"} blocked, the oldest for ${ageOf(blockedSince, Date.now())}`,
      );
    console.log(`${String(counts.bytes).padStart(9)}  bytes in the journal`);
    for (const one of paused) console.log(pauseSentence(one));
  });
}
