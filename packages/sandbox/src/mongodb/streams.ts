import { Long, type Document, type Timestamp } from "bson";
import { CommandFailed } from "./errors.ts";
import { emittedBy, type Emitted, type StreamSpec } from "./events.ts";
import { entriesSince, type Store } from "./store.ts";
import { ALL, comparePlaces, compareTimes, INVALIDATION, readToken, writeToken, type Place } from "./token.ts";

/** The change streams that are open. */
export interface Streams {
  /** @throws CommandFailed where it cannot begin there. */
  open(command: Document, db: string): Document;
  /** Waits for something to send, or for as long as it is told. @throws CommandFailed */
  more(command: Document, db: string, closing: AbortSignal): Promise<Document>;
  kill(ids: readonly unknown[]): void;
  /** As a server does that was started anew: the next read of each finds no cursor. */
  killAll(): void;
}

interface OpenStream {
  readonly spec: StreamSpec;
  readonly ns: string;
  place: Place;
}

/** A first answer's size, and any later one's that is not told it. */
const DEFAULT_BATCH = 101;
const LARGEST_ANSWER = 16 * 1024 * 1024;

export function createStreams(store: Store, largestEvent: number): Streams {
  const open = new Map<string, OpenStream>();
  let last = 0;

  function answer(id: string, stream: OpenStream, name: "firstBatch" | "nextBatch", batchSize: number): Document {
    const { batch, place, ended } = take(store, stream, batchSize);
    stream.place = place.place;
    if (ended) open.delete(id);
    return { cursor: { id: Long.fromString(ended ? "0" : id), ns: stream.ns, [name]: batch, postBatchResumeToken: place.token }, ok: 1 };
  }

  return {
    open(command, db) {
      const stream = newStream(store, command, db, largestEvent);
      const id = String(++last);
      open.set(id, stream);
      const size = (command["cursor"] as Document | undefined)?.["batchSize"] as unknown;
      return answer(id, stream, "firstBatch", size === undefined ? DEFAULT_BATCH : Number(size));
    },
    async more(command, db, closing) {
      const id = String(command["getMore"]);
      const size = command["batchSize"] === undefined ? Infinity : Number(command["batchSize"]);
      const find = (): OpenStream => {
        const stream = open.get(id);
        if (stream?.ns.startsWith(`${db}.`)) return stream;
        throw new CommandFailed(43, `cursor id ${id} not found`);
      };
      if (take(store, find(), 1).batch.length === 0) await somethingNew(store, find(), Number(command["maxTimeMS"] ?? 1_000), closing);
      return answer(id, find(), "nextBatch", size);
    },
    kill: (ids) => ids.forEach((id) => open.delete(String(id))),
    killAll: () => open.clear(),
  };
}

/** What is there to send from where the stream is: at most so many. */
function take(
  store: Store,
  { spec, place }: OpenStream,
  most: number,
): { readonly batch: readonly Document[]; readonly place: { readonly place: Place; readonly token: unknown }; readonly ended: boolean } {
  if (store.lost !== undefined && compareTimes(place, store.lost) < 0) throw historyLost();
  const waiting = entriesSince(store, place).flatMap((entry) => emittedBy(store, entry, spec));
  const unread = waiting.filter((emitted) => comparePlaces(emitted.place, place) > 0);
  const taken = upTo(unread, most);
  const batch = taken.map(({ event }) => event);
  const end = taken.at(-1);
  if (end !== undefined && (taken.length < unread.length || end.closes))
    return { batch, place: { place: end.place, token: end.event["_id"] as unknown }, ended: end.closes };
  // All was seen until now, of whatever is not watched, too.
  const now = { ...store.now, part: ALL };
  return { batch, place: { place: now, token: writeToken(now, undefined) }, ended: false };
}

function upTo(unread: readonly Emitted[], most: number): readonly Emitted[] {
  let bytes = 0;
  const end = unread.findIndex(({ event, closes }, index) => {
    bytes += JSON.stringify(event).length;
    return index >= most || (index > 0 && bytes > LARGEST_ANSWER) || (index > 0 && unread[index - 1]?.closes === true && !closes);
  });
  return end === -1 ? unread : unread.slice(0, end);
}

function somethingNew(store: Store, stream: OpenStream, waitMs: number, closing: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (take(store, stream, 1).batch.length > 0) resolve();
  };
  const timer = setTimeout(resolve, waitMs);
  const end = (): void => resolve();
  store.listeners.add(look);
  closing.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    store.listeners.delete(look);
    closing.removeEventListener("abort", end);
  });
}

function newStream(store: Store, command: Document, db: string, largestEvent: number): OpenStream {
  const [first, ...rest] = command["pipeline"] as Document[];
  const asked = first?.["$changeStream"] as Document | undefined;
  if (asked === undefined) throw new CommandFailed(59, "This stand-in aggregates nothing but change streams.");
  const unknown = rest.find((stage) => !Object.hasOwn(stage, "$changeStreamSplitLargeEvent"));
  if (unknown !== undefined) throw new CommandFailed(40324, `Unrecognized pipeline stage name: '${Object.keys(unknown)[0]}'`);
  const coll = typeof command["aggregate"] === "string" ? command["aggregate"] : undefined;
  const spec: StreamSpec = {
    db: asked["allChangesForCluster"] === true ? undefined : db,
    coll,
    fullDocument: (asked["fullDocument"] as string | undefined) ?? "default",
    fullDocumentBeforeChange: (asked["fullDocumentBeforeChange"] as string | undefined) ?? "off",
    split: rest.length > 0,
    largestEvent,
  };
  return { spec, ns: `${db}.${coll ?? "$cmd.aggregate"}`, place: beginning(store, asked) };
}

function beginning(store: Store, asked: Document): Place {
  const token: unknown = asked["startAfter"] ?? asked["resumeAfter"];
  if (token !== undefined) {
    const place = readToken(token);
    if (place === undefined) throw new CommandFailed(260, "Invalid resume token.");
    if (place.part === INVALIDATION && asked["resumeAfter"] !== undefined)
      throw new CommandFailed(
        260,
        "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification.",
      );
    if (place.part === INVALIDATION) return { ...place, part: ALL };
    return place;
  }
  const time = asked["startAtOperationTime"] as Timestamp | undefined;
  if (time === undefined) return { ...store.now, part: ALL };
  const place = { t: time.t, i: time.i, part: 0 };
  if (store.lost !== undefined && compareTimes(place, store.lost) <= 0) throw historyLost();
  return place;
}

function historyLost(): CommandFailed {
  return new CommandFailed(286, "Resume of change stream was not possible, as the resume point may no longer be in the oplog.");
}
