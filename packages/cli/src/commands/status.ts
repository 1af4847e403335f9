import type { DeliveryFilter, Journal } from "@backstitch/core/journal";
import type { Project } from "@backstitch/project";
import { type SnapshotState, snapshotState } from "@backstitch/sources/postgres/snapshots";
import { withJournal } from "../deliveries/journal.ts";
import { pauseSentence } from "../pauses.ts";
import { behindSentence, sourcesBehind } from "../sources-behind.ts";
import { ageOf, count } from "../words.ts";

/** `backstitch status`: what the journal holds, how far databases are ahead of it, what is paused, and which services lock us out. */
export async function status({ project: folder, json }: { readonly project: string; readonly json: boolean }): Promise<void> {
  await withJournal(folder, async (journal, project) => {
    const { services, sources } = project;
    const [counts, paused] = [await journal.counts(), await journal.paused()];
    const lockedOut = await lockedOutOf(services, journal);
    const snapshots = await snapshotsOf(sources, journal);
    const behind = await sourcesBehind(project, journal);
    if (json) return console.log(JSON.stringify({ ...counts, paused, lockedOut, snapshots, sources: behind }));
    console.log(`${String(counts.events).padStart(9)}  events, ${counts.undecided} undecided`);
    for (const [state, many] of Object.entries(counts.deliveries)) if (many > 0) console.log(`${String(many).padStart(9)}  ${state}`);
    const { blocked, blockedSince } = counts.lanes;
    if (blockedSince !== undefined)
      console.log(
        `${String(blocked).padStart(9)}  ${blocked === 1 ? "lane" : "lanes"} blocked, the oldest for ${ageOf(blockedSince, await journal.now())}`,
      );
    console.log(`${String(counts.bytes).padStart(9)}  bytes in the journal`);
    for (const one of behind) console.log(behindSentence(one));
    for (const one of snapshots) console.log(snapshotSentence(one));
    for (const one of paused) console.log(pauseSentence(one));
    for (const { service, code, at, reason } of lockedOut)
      console.log(`Service ${JSON.stringify(service)} locks us out, last at ${new Date(at).toISOString()}: ${code} ${reason}`);
  });
}

interface Snapshot extends SnapshotState {
  readonly source: string;
}

/** Of every table that was read beside its log, how far. */
async function snapshotsOf(sources: Project["sources"], journal: Journal): Promise<readonly Snapshot[]> {
  const positions = await Promise.all(sources.map(async ({ name }) => ({ source: name, all: await journal.positions(name) })));
  return positions.flatMap(({ source, all }) =>
    [...all].flatMap(([partition, text]) => {
      const state = snapshotState(partition, text);
      return state === undefined ? [] : [{ source, ...state }];
    }),
  );
}

function snapshotSentence({ source, id, collection, state, rows, reason }: Snapshot): string {
  const how = { reading: "is being read", done: "is done", failed: "failed" }[state];
  return `Snapshot ${id} of ${source} ${collection} ${how}: ${count(rows, "row")}.${reason === undefined ? "" : ` ${reason}`}`;
}

interface LockedOut {
  readonly service: string;
  readonly code: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Also while one of them is tried once more. */
const LOCKED_OUT: DeliveryFilter = { states: ["waiting", "uncertain", "claimed", "started"], outcome: "locked-out" };
/** A service has as many of them as were under way when it began, and one more a minute at the most. */
const LOOKED_AT = 1_000;

/** Services whose deliveries wait since the service would not have us; once it has us again these are attempted first. */
async function lockedOutOf(services: Project["services"], journal: Journal): Promise<readonly LockedOut[]> {
  const found: LockedOut[] = [];
  for (const { name } of services) {
    const last = (await journal.deliveries({ ...LOCKED_OUT, service: name, limit: LOOKED_AT }))
      .map(({ outcomes }) => outcomes.at(-1))
      .reduce((one, other) => ((other?.at ?? 0) > (one?.at ?? 0) ? other : one), undefined);
    if (last?.outcome.kind !== "locked-out") continue;
    const { at, outcome } = last;
    found.push({ service: name, code: outcome.code, reason: outcome.reason, at });
  }
  return found;
}
