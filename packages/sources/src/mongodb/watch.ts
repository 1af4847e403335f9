import type { ChangeStream, ChangeStreamOptions, Document, MongoClient } from "mongodb";
import type { Driver } from "./driver.ts";
import { createFragments } from "./fragments.ts";
import type { Settings } from "./options.ts";
import { tokenOf, type Token } from "./position.ts";

/** Where a stream begins: after a token, at a second, or now. */
export type Start = { readonly after: Token } | { readonly at: number } | "now";

export interface WatchOptions {
  readonly driver: Driver;
  readonly client: MongoClient;
  readonly settings: Settings;
  /** Whether events over 16 MB come in fragments. */
  readonly split: boolean;
}

/**
 * As exactly as the value model needs it. Not `promoteValues: false`, which would keep int32 and double apart, but makes the driver read the codes of errors
 * so, too, and then not know them.
 */
const EXACTLY = {
  promoteLongs: false,
  // Not every pattern is one to JavaScript.
  bsonRegExp: true,
  // A text that is not UTF-8 would otherwise end the stream, again after every start: it is read with U+FFFD.
  enableUtf8Validation: false,
} as const;

/** How long the server waits for something to send: no longer than the position may stand still. Milliseconds. */
const LONGEST_WAIT_MS = 1_000;
const SHORTEST_WAIT_MS = 10;

/** A change stream over what the source watches. Nothing is sent before the first `tryNext`. */
export function watch(
  { driver, client, settings, split }: WatchOptions,
  start: Start,
  waitMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, settings.heartbeatMs)),
): ChangeStream {
  const { database, collection, fullDocument, fullDocumentBeforeChange } = settings;
  const options: ChangeStreamOptions = {
    ...EXACTLY,
    ...(fullDocument === "default" ? {} : { fullDocument }),
    ...(fullDocumentBeforeChange === "off" ? {} : { fullDocumentBeforeChange }),
    ...beginning(driver, start),
    batchSize: settings.batch.events,
    maxAwaitTimeMS: waitMs,
  };
  const pipeline: Document[] = split ? [{ $changeStreamSplitLargeEvent: {} }] : [];
  if (database === undefined) return client.watch(pipeline, options);
  const db = client.db(database);
  return collection === undefined ? db.watch(pipeline, options) : db.collection(collection).watch(pipeline, options);
}

/** `startAfter` is `resumeAfter` that also goes on behind an invalidation. */
function beginning({ BSON }: Driver, start: Start): ChangeStreamOptions {
  if (start === "now") return {};
  return "after" in start ? { startAfter: start.after } : { startAtOperationTime: new BSON.Timestamp({ t: start.at, i: 1 }) };
}

/** The token of now. What happens between its reading and its use comes after it. */
export async function tokenOfNow(options: WatchOptions): Promise<Token> {
  const stream = watch(options, "now", 1);
  const fragments = createFragments();
  try {
    // What comes with the answer is before now. Behind one fragment of it no stream can begin.
    do {
      const document: Document | null = await stream.tryNext();
      if (document !== null) fragments.join(document);
    } while (fragments.pending);
    const token = tokenOf(stream.resumeToken);
    if (token === undefined) throw new Error("The server tells no resume token of its own; MongoDB 4.2 and later do.");
    return token;
  } finally {
    await stream.close();
  }
}
