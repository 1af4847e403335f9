import type { DeliveryState } from "@backstitch/core/journal";
import { judgeNotes } from "./judge-notes.ts";
import { judgeRepeats } from "./judge-repeats.ts";
import type { Written } from "./writer.ts";

/** Something that was sent once, as it arrived. */
export interface Sending {
  /** The process that sent it, where it can be told. */
  readonly life?: string;
  /** By which the far side can tell a repeat, where it is given one. */
  readonly key?: string;
}

export interface NoteArrival extends Sending {
  readonly id: number;
}

export interface VersionArrival extends Sending {
  readonly id: number;
  readonly version: number;
}

/** What the journal says of a delivery. */
export interface Told {
  readonly state: DeliveryState;
  /** Of its last outcome. */
  readonly code: string | undefined;
  /** Attempts that may have happened. */
  readonly uncertain: number;
}

/** What the run saw, once everything has come to rest. */
export interface Seen {
  /** In order of arrival, as the next. */
  readonly versions: readonly VersionArrival[];
  readonly notes: readonly NoteArrival[];
  /** Of the deliveries of notes, by the note's id; one of each. */
  readonly told: ReadonlyMap<number, Told>;
  /** Uncertain attempts of versions that arrived more than once, by their key. */
  readonly uncertain: ReadonlyMap<string, number>;
  readonly eventsInJournal: number;
  /** Whether what the journal has may come again, from a sender that was not told: it counts it each time. */
  readonly comesAgain?: boolean;
  readonly unsettled: number;
  /** What `backstitch verify` cannot account for: sentences. */
  readonly unaccounted: readonly string[];
  /** How processes ended by themselves: none should. */
  readonly endings: readonly string[];
}

export interface Verdict {
  readonly lost: number;
  readonly outOfOrder: number;
  /** Repeats that no promise allows. */
  readonly repeats: number;
  /** Repeats that are told of by an uncertain outcome, or by the death of their process. */
  readonly toldRepeats: number;
  readonly unaccounted: number;
  /** Sentences: each says which promise was broken. */
  readonly broken: readonly string[];
}

/** Counts what is found, each with a sentence where it breaks a promise. */
export interface Tally {
  lost: number;
  outOfOrder: number;
  repeats: number;
  toldRepeats: number;
  readonly broken: string[];
}

/** Holds what was seen against what was promised. Pure: the run's evidence in, the verdict out. */
export function judge(written: Written, seen: Seen): Verdict {
  const tally: Tally = { lost: 0, outOfOrder: 0, repeats: 0, toldRepeats: 0, broken: [] };
  judgeVersions(written.versions, seen, tally);
  judgeNotes(written.notes, seen, tally);
  judgeKeys(seen, tally);
  const less = written.rows - seen.eventsInJournal;
  const missing = seen.comesAgain === true ? Math.max(0, less) : Math.abs(less);
  if (missing > 0) tally.broken.push(`The journal counts ${seen.eventsInJournal} events; ${written.rows} rows were written.`);
  if (seen.unsettled > 0) tally.broken.push(`${seen.unsettled} deliveries have no end state.`);
  tally.broken.push(...seen.unaccounted, ...seen.endings);
  return { ...tally, unaccounted: missing + seen.unsettled + seen.unaccounted.length };
}

function judgeVersions(expected: Written["versions"], { versions, uncertain }: Seen, tally: Tally): void {
  const latest = new Map<number, number>();
  for (const { id, version } of versions) {
    const last = latest.get(id) ?? 0;
    if (version === last + 1) latest.set(id, version);
    else if (version !== last) {
      tally.outOfOrder += 1;
      tally.broken.push(`Item ${id}: version ${version} arrived when ${last + 1} was due.`);
    }
  }
  for (const [id, version] of expected) {
    const arrived = latest.get(id) ?? 0;
    if (arrived < version) tally.broken.push(`Item ${id}: ${version} versions were written, ${arrived} arrived.`);
    tally.lost += Math.max(0, version - arrived);
  }
  for (const [name, sendings] of Map.groupBy(versions, nameOf)) {
    if (sendings.length > 1)
      judgeRepeats(name, sendings, { repeats: "life", uncertain: uncertain.get(sendings[0]?.key ?? "") ?? 0 }, tally);
  }
}

/** Repeats have the key of what they repeat, and nothing else has it. */
function judgeKeys({ versions, notes }: Seen, { broken }: Tally): void {
  const keyOf = new Map<string, string>();
  const nameOfKey = new Map<string, string>();
  const named = [...versions.map((one) => [nameOf(one), one] as const), ...notes.map((one) => [`Note ${one.id}`, one] as const)];
  for (const [name, { key }] of named) {
    if (key === undefined) continue;
    const first = keyOf.get(name) ?? key;
    keyOf.set(name, first);
    if (first !== key) broken.push(`${name} was repeated under another key.`);
    const other = nameOfKey.get(key) ?? name;
    nameOfKey.set(key, other);
    if (other !== name) broken.push(`${name} has the key of ${other}.`);
  }
}

function nameOf({ id, version }: VersionArrival): string {
  return `Item ${id}, version ${version}`;
}
