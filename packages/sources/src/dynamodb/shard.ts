import type { RecordPage } from "./client.ts";
import { StreamsFailure } from "./failures.ts";
import { afterLoss } from "./lost.ts";
import { takePage } from "./page.ts";
import { formatPlace, type Place } from "./place.ts";
import { asked, partitionOf, type StreamRun } from "./run.ts";

/** DynamoDB takes five GetRecords a second of each shard. */
const LEAST_PAUSE_MS = 200;
const FIRST_IDLE_MS = 250;
/** What is older may have been trimmed. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/** How far a shard is read, and by what it goes on. */
interface Cursor {
  readonly shard: string;
  place: Place;
  iterator: string | undefined;
  /** When all that follows was still there, as far as is known. Epoch milliseconds. */
  wholeAt: number;
  /** The last iterator stood at what was trimmed; a new one may not. */
  doubted: boolean;
}

/** Reads one shard from the place until it ends or the signal aborts; then, and when something fails, it throws. */
export async function readShard(run: StreamRun, shard: string, place: Place, iterator?: string): Promise<void> {
  const { settings, signal } = run;
  const cursor: Cursor = { shard, place, iterator, wholeAt: place.time, doubted: false };
  let idleMs = FIRST_IDLE_MS;
  for (;;) {
    signal.throwIfAborted();
    const began = settings.clock();
    const records = await run.pages.through(() => readPage(run, cursor));
    if (cursor.place.kind === "end") return;
    const spent = Math.max(0, settings.clock() - began);
    await settings.sleep(records > 0 ? Math.max(0, LEAST_PAUSE_MS - spent) : idleMs, signal);
    idleMs = records > 0 ? FIRST_IDLE_MS : Math.min(idleMs * 2, settings.pollMs);
  }
}

/** Fetches a page and hands it on: nothing more of the shard is fetched before the journal has it. Returns its records. */
async function readPage(run: StreamRun, cursor: Cursor): Promise<number> {
  const { settings, arn, outbox, places, openAt, signal } = run;
  const { shard } = cursor;
  signal.throwIfAborted();
  const page = await fetchPage(run, cursor);
  if (page === undefined) return 0;
  const context = { source: settings.name, arn, shard, now: settings.clock };
  const { events, unreadable, place: last } = takePage(page.records, cursor.place, context);
  const to: Place = page.next === undefined ? { kind: "end", time: Math.max(last.time, openAt.get(shard) ?? 0) } : last;
  if (to !== cursor.place) {
    await outbox.send({ partition: partitionOf(arn, shard), to: formatPlace(to), events, unreadable });
    places.set(shard, to);
  }
  cursor.place = to;
  cursor.iterator = page.next;
  return page.records.length;
}

/** `undefined`: there is no page; the cursor says from where to try again, or that the shard is over. */
async function fetchPage(run: StreamRun, cursor: Cursor): Promise<RecordPage | undefined> {
  const { client, settings } = run;
  const iterator = cursor.iterator ?? (await openIterator(run, cursor));
  if (iterator === undefined) return undefined;
  try {
    const page = await asked(run, () => client.records(iterator, settings.limit));
    cursor.wholeAt = settings.clock();
    cursor.doubted = false;
    return page;
  } catch (error) {
    if (!(error instanceof StreamsFailure) || error.kind === "again") throw error;
    cursor.iterator = undefined;
    if (error.kind === "expired") return undefined;
    if (cursor.doubted) await lose(run, cursor, error.kind === "missing");
    cursor.doubted = !cursor.doubted;
    return undefined;
  }
}

async function openIterator(run: StreamRun, cursor: Cursor): Promise<string | undefined> {
  const { client, settings, arn } = run;
  const { shard, place, wholeAt } = cursor;
  // Where nothing was read there is no record whose absence DynamoDB could notice.
  if (place.kind === "begin" && settings.clock() - wholeAt > KEPT_MS) await lose(run, cursor, false);
  const from =
    place.kind === "after" ? ({ type: "AFTER_SEQUENCE_NUMBER", sequence: place.sequence } as const) : ({ type: "TRIM_HORIZON" } as const);
  try {
    return await asked(run, () => client.iterator({ arn, shard, ...from }));
  } catch (error) {
    if (!(error instanceof StreamsFailure) || error.kind === "again") throw error;
    await lose(run, cursor, error.kind === "missing");
    return undefined;
  }
}

async function lose(run: StreamRun, cursor: Cursor, gone: boolean): Promise<void> {
  const { shard, place } = cursor;
  cursor.place = await afterLoss(run, { shard, place, gone });
  cursor.wholeAt = cursor.place.time;
}
