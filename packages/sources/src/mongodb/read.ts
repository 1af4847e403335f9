import { PositionLost, type Batch, type UnreadableRecord } from "@backstitch/core/source";
import { close, orAborted } from "./abort.ts";
import { timeFromMs } from "../values/times.ts";
import { collect } from "./collect.ts";
import { loadDriver, newClient, splits, type Driver } from "./driver.ts";
import { explain, Invalidated, isLost } from "./errors.ts";
import { createFragments } from "./fragments.ts";
import type { Settings } from "./options.ts";
import { formatPosition, parsePosition, timeOfToken, type Token } from "./position.ts";
import { tokenOfNow, watch, type Start, type WatchOptions } from "./watch.ts";

export const PARTITION = "stream";

export interface ReadOptions {
  readonly settings: Settings;
  readonly from: string | undefined;
  readonly accept: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What the journal has. */
interface Place {
  readonly text: string;
  readonly token: Token;
}

/** One reading: where it is, and how it goes on. */
interface Reading extends WatchOptions {
  readonly signal: AbortSignal;
  place: Place | undefined;
  /** When the journal's position last moved. Epoch milliseconds. */
  movedAt: number;
  record(to: Token, what?: Pick<Batch, "events" | "unreadable">): Promise<void>;
}

/** Reads the change stream from the journal's position until the signal aborts. @throws PositionLost, SourceMisconfigured, and a plain Error when the connection breaks. */
export async function readMongodb(options: ReadOptions): Promise<void> {
  const { settings, signal } = options;
  if (signal.aborted) return;
  const driver = await loadDriver(settings.name);
  const client = newClient(driver, settings);
  let reading: Reading | undefined;
  try {
    const place = placeOf(driver, options);
    const split = await orAborted(splits(client, settings), signal);
    reading = newReading({ driver, client, settings, split }, place, options);
    await readOn(reading);
  } catch (error) {
    // What was cut short because of the signal fails in many ways, none of which matters.
    if (!signal.aborted) throw explain(error, settings, reading?.place);
  } finally {
    await close(client);
  }
}

/** @throws PositionLost */
function placeOf(driver: Driver, { settings, from: text }: ReadOptions): Place | undefined {
  if (text === undefined) return undefined;
  const token = parsePosition(driver, text);
  if (token === undefined) throw new PositionLost(settings.name, text, undefined, "that is not a position of a MongoDB source.");
  return { text, token };
}

function newReading(watching: WatchOptions, place: Place | undefined, { settings, accept, signal }: ReadOptions): Reading {
  const { name: source, clock } = settings;
  return {
    ...watching,
    signal,
    place,
    movedAt: clock(),
    async record(token, what = { events: [] }) {
      const to = formatPosition(watching.driver, token);
      await accept({ source, partition: PARTITION, from: this.place?.text, to, ...what });
      this.place = { text: to, token };
      this.movedAt = clock();
      signal.throwIfAborted();
    },
  };
}

/** Goes on with a stream behind each that ended for good, where that is wanted. */
async function readOn(reading: Reading): Promise<never> {
  const { settings, signal } = reading;
  // Recorded before anything comes, so that a crash before the first event does not lose it.
  if (reading.place === undefined && settings.startAt === undefined) await reading.record(await orAborted(tokenOfNow(reading), signal));
  for (;;) {
    try {
      await follow(reading);
    } catch (error) {
      if (settings.onLost === "stop") throw error;
      if (error instanceof Invalidated) await reading.record(error.token);
      else if (isLost(error) && reading.place !== undefined) await restart(reading, reading.place);
      else throw error;
    }
  }
}

/** Goes on from now, with a dead letter about what was missed. */
async function restart(reading: Reading, { token: lost, text }: Place): Promise<void> {
  const { settings, signal } = reading;
  const now = await orAborted(tokenOfNow(reading), signal);
  const reason = `Changes were lost: the oplog no longer holds what came after ${timeOfToken(lost) ?? "the last position"}, and reading went on at ${timeOfToken(now) ?? "the present"}. Rules saw nothing of what changed between the two: compare the collections with what should have been done, and let the oplog reach further back.`;
  const gap: UnreadableRecord = {
    // Of two quiet sources the token may be the same.
    id: `lost/${settings.name}/${lost._data}`,
    code: "CHANGES_LOST",
    reason,
    raw: Buffer.from(text),
    receivedAt: timeFromMs(settings.clock()),
  };
  await reading.record(now, { events: [], unreadable: [gap] });
}

/** Reads one stream to its end. @throws Invalidated */
async function follow(reading: Reading): Promise<never> {
  const { driver, settings, signal } = reading;
  const stream = watch(reading, startOf(reading));
  const fragments = createFragments();
  try {
    for (;;) {
      const { events, unreadable, to, invalidated } = await collect({ driver, settings, stream, fragments, signal });
      const brought = events.length + unreadable.length > 0;
      const passed = settings.clock() - reading.movedAt;
      // A clock that was set back tells nothing.
      const isDue = (passed >= settings.heartbeatMs || passed < 0) && to?._data !== reading.place?.token._data;
      if (to !== undefined && (brought || isDue)) await reading.record(to, unreadable.length > 0 ? { events, unreadable } : { events });
      if (invalidated !== undefined) throw new Invalidated(invalidated);
    }
  } finally {
    await close(stream);
  }
}

function startOf({ place, settings }: Reading): Start {
  if (place !== undefined) return { after: place.token };
  return settings.startAt === undefined ? "now" : { at: settings.startAt };
}
