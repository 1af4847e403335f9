import { calculateObjectSize, Long, type Document, type Timestamp } from "bson";
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
    const { batch, place, token, ended } = take(store, stream, batchSize);
    stream.place = place;
    if (ended) open.delete(id);
    return { cursor: { id: Long.fromString(ended ? "0" : id), ns: stream.ns, [name]: batch, postBatchResumeToken: token }, ok: 1 };
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
      if (!hasUnread(store, find())) await somethingNew(store, find(), Number(command["maxTimeMS"] ?? 1_000), closing);
      return answer(id, find(), "nextBatch", size);
    },
    kill: (ids) => ids.forEach((id) => open.delete(String(id))),
    killAll: () => open.clear(),
  };
}

/** What is there to send from where the stream is: at most so many. */
function take(store: Store, stream: OpenStream, most: number): Taken {
  const batch: Document[] = [];
  let bytes = 0;
  for (const { event, place, closes } of unread(store, stream)) {
    batch.push(event);
    bytes += calculateObjectSize(event);
    if (closes || batch.length >= most || bytes > LARGEST_ANSWER) return { batch, place, token: event["_id"] as unknown, ended: closes };
  }
  // All was seen until now, of whatever is not watched, too.
  const place = { ...store.now, part: ALL };
  return { batch, place, token: writeToken(place, undefined), ended: false };
}

interface Taken {
  readonly batch: readonly Document[];
  /** Where the stream is after them. */
  readonly place: Place;
  readonly token: unknown;
  readonly ended: boolean;
}

function* unread(store: Store, { spec, place }: OpenStream): Generator<Emitted> {
  if (store.lost !== undefined && compareTimes(place, store.lost) < 0) throw historyLost();
  for (const entry of entriesSince(store, place))
    for (const emitted of emittedBy(store, entry, spec)) if (comparePlaces(emitted.place, place) > 0) yield emitted;
}

function hasUnread(store: Store, stream: OpenStream): boolean {
  return unread(store, stream).next().done !== true;
}

function somethingNew(store: Store, stream: OpenStream, waitMs: number, closing: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (hasUnread(store, stream)) resolve();
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
