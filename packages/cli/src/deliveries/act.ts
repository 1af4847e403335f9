import { TRANSITIONS, type Decision, type DeliveryRecord, type DeliveryState, type Journal, type Note } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { inWords } from "../words.ts";
import { renderedFor } from "./rendered.ts";

/** What a person can have done to deliveries. */
export type Act = Decision | "retry";

/** What a sentence says of it. */
export const PAST: Readonly<Record<Act, string>> = {
  drop: "dropped",
  hold: "held",
  release: "released",
  forget: "forgotten",
  retry: "retried",
};

/** The states in which it can be done. */
export function statesFor(act: Act): readonly DeliveryState[] {
  const move = act === "retry" ? "redrive" : act;
  return TRANSITIONS.flatMap((row) => (row.move === move ? row.from : []));
}

/** The states that a filter means where it says none. What a person dropped or holds is not sent again by the way. */
export function usualStates(act: Act): readonly DeliveryState[] {
  return act === "retry" ? ["rejected", "expired"] : statesFor(act);
}

/** What came of it. */
export interface Acted {
  readonly done: readonly string[];
  /** Those that were left as they are, with a sentence. */
  readonly left: ReadonlyMap<string, string>;
}

export interface Acting {
  readonly journal: Journal;
  readonly project: Project;
  readonly note: Note;
}

/** Does it to deliveries, in one write. */
export async function doTo(act: Act, records: readonly DeliveryRecord[], { journal, project, note }: Acting): Promise<Acted> {
  const left = new Map<string, string>();
  const ids = records.map(({ id }) => id);
  const done = act === "retry" ? await retry(records, left) : await journal.decide(act, ids, note);
  const known = new Set([...done, ...left.keys()]);
  for (const id of ids) if (!known.has(id)) left.set(id, `only ${inWords(statesFor(act))} deliveries are ${PAST[act]}.`);
  return { done, left };

  async function retry(all: readonly DeliveryRecord[], refusals: Map<string, string>): Promise<readonly string[]> {
    const requests = [];
    for (const record of all) {
      const today = await renderedFor(record, journal, project);
      if ("refused" in today) refusals.set(record.id, today.refused);
      else requests.push({ id: record.id, ...today });
    }
    return journal.redrive(requests, note);
  }
}
