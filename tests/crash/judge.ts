import type { DeliveryRecord, Unaccounted } from "@backstitch/core/journal";
import type { Arrival } from "./sink.ts";
import type { Written } from "./writer.ts";

/** A text that reached the far side. */
export interface TextArrival {
  readonly id: number;
  readonly life: number;
}

/** What the run saw, once everything has come to rest. */
export interface Seen {
  readonly arrivals: readonly Arrival[];
  readonly texts: readonly TextArrival[];
  /** Deliveries of the holding rule that are held: row id → its record. */
  readonly held: ReadonlyMap<number, DeliveryRecord>;
  readonly eventsInJournal: number;
  readonly unsettled: number;
  /** What the journal cannot account for. */
  readonly unaccounted: readonly Unaccounted[];
}

export interface Verdict {
  readonly lost: number;
  readonly outOfOrder: number;
  readonly repeats: number;
  /** Sentences: each says which promise was broken. */
  readonly broken: readonly string[];
}

/** Holds what was seen against what was promised. Pure: the run's evidence in, the verdict out. */
export function judge(written: Written, seen: Seen): Verdict {
  const broken: string[] = [];
  const versions = judgeVersions(written.versions, seen.arrivals, broken);
  const texts = judgeTexts(written.texts, seen, broken);
  if (seen.eventsInJournal !== written.rows)
    broken.push(`The journal counts ${seen.eventsInJournal} events; ${written.rows} rows were written.`);
  if (seen.unsettled > 0) broken.push(`${seen.unsettled} deliveries have no end state.`);
  for (const { id, code, reason } of seen.unaccounted) broken.push(`${id}: ${code} ${reason}`);
  for (const [id, record] of seen.held) {
    if (record.outcomes.length === 0) broken.push(`Text ${id} is held although it was never started.`);
  }
  return { lost: versions.lost + texts.lost, outOfOrder: versions.outOfOrder, repeats: versions.repeats + texts.repeats, broken };
}

function judgeVersions(expected: ReadonlyMap<number, number>, arrivals: readonly Arrival[], broken: string[]) {
  const latest = new Map<number, Arrival>();
  let outOfOrder = 0;
  let repeats = 0;
  for (const arrival of arrivals) {
    const last = latest.get(arrival.id);
    const next = (last?.version ?? 0) + 1;
    if (arrival.version === next) latest.set(arrival.id, arrival);
    else if (arrival.version === last?.version) {
      repeats += 1;
      if (arrival.life === last.life && last.answered)
        broken.push(`Item ${arrival.id}, version ${arrival.version}, was sent twice although it was answered and nothing crashed.`);
      latest.set(arrival.id, arrival);
    } else {
      outOfOrder += 1;
      broken.push(`Item ${arrival.id}: version ${arrival.version} arrived when ${next} was due.`);
    }
  }
  let lost = 0;
  for (const [id, version] of expected) {
    const arrived = latest.get(id)?.version ?? 0;
    if (arrived < version) broken.push(`Item ${id}: ${version} versions were written, ${arrived} arrived.`);
    lost += Math.max(0, version - arrived);
  }
  return { lost, outOfOrder, repeats };
}

function judgeTexts(expected: Written["texts"], { texts, held }: Seen, broken: string[]) {
  const byId = Map.groupBy(texts, ({ id }) => id);
  let lost = 0;
  let repeats = 0;
  for (const id of [...expected.retry, ...expected.hold]) {
    const arrived = byId.get(id) ?? [];
    if (arrived.length === 0 && !held.has(id)) {
      lost += 1;
      broken.push(`Text ${id} was written and never arrived.`);
    }
    repeats += Math.max(0, arrived.length - 1);
    if (new Set(arrived.map(({ life }) => life)).size < arrived.length) broken.push(`Text ${id} was sent twice without a crash between.`);
    if (expected.hold.has(id) && arrived.length > 1)
      broken.push(`Text ${id} is to be held rather than repeated, and was sent ${arrived.length} times.`);
  }
  return { lost, repeats };
}
