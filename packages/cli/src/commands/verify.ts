import { colours as pc } from "../colours.ts";
import { count, inWords } from "../words.ts";
import { withJournal } from "../deliveries/journal.ts";
import { Quit } from "../quit.ts";

/** `backstitch verify`: whether the journal accounts for everything that it was told. @throws Quit where it does not, once it has printed what */
export async function verify({ project, json }: { readonly project: string; readonly json: boolean }): Promise<void> {
  const found = await withJournal(project, async (journal) => {
    const [unaccounted, { events, undecided, deliveries }] = [await journal.verify(), await journal.counts()];
    if (json) console.log(JSON.stringify({ events, undecided, deliveries, unaccounted }));
    else for (const { id, code, reason } of unaccounted) console.log(`${id}  ${pc.red(code)}  ${reason}`);
    const states = Object.entries(deliveries).filter(([, many]) => many > 0);
    const each = states.length === 0 ? "no deliveries" : inWords(states.map(([state, many]) => `${many} ${state}`));
    const verdict = unaccounted.length === 0 ? "Everything is accounted for" : count(unaccounted.length, "finding");
    if (!json) console.log(`${verdict}: ${count(events, "event")}; ${each}.`);
    return unaccounted;
  });
  if (found.length > 0) throw new Quit("");
}
