import { createHash } from "node:crypto";
import type { ChangeStream, Document } from "mongodb";
import type { ChangeEvent, UnreadableRecord } from "@backstitch/core/source";
import { timeFromMs } from "../values/times.ts";
import { orAborted } from "./abort.ts";
import { mongoChange } from "./change.ts";
import type { Driver } from "./driver.ts";
import type { Fragments } from "./fragments.ts";
import type { Settings } from "./options.ts";
import { tokenOf, type Token } from "./position.ts";
import { rowOf } from "./values.ts";

/** What one answer of the server brought. */
export interface Collected {
  readonly events: readonly ChangeEvent[];
  readonly unreadable: readonly UnreadableRecord[];
  /** What can be gone on from after them; undefined: it is not known yet. */
  readonly to: Token | undefined;
  /** The token of the invalidation that ended the stream after them. */
  readonly invalidated: Token | undefined;
}

export interface CollectOptions {
  readonly driver: Driver;
  readonly settings: Settings;
  readonly stream: ChangeStream;
  readonly fragments: Fragments;
  readonly signal: AbortSignal;
}

/** Waits for the server's next answer, which may be empty, and takes what it holds, at most a batch. Asks for no other. */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { settings, stream, fragments, signal } = options;
  const events: ChangeEvent[] = [];
  const unreadable: UnreadableRecord[] = [];
  let to: Token | undefined;
  do {
    const document: Document | null = await orAborted(stream.tryNext(), signal);
    // Asked for more it would answer nothing, at once, for ever.
    if (document === null && stream.closed) throw new Error("The server ended the change stream.");
    // An answer without events moves the token, too: a quiet stream would otherwise age out.
    if (document === null)
      return { events, unreadable, to: fragments.pending ? undefined : tokenOf(stream.resumeToken), invalidated: undefined };
    const whole = fragments.join(document);
    if (whole !== undefined) {
      if (whole["operationType"] === "invalidate") return { events, unreadable, to, invalidated: tokenOf(whole["_id"]) };
      const read = readDocument(whole, options);
      if (read !== undefined && "reason" in read) unreadable.push(read);
      else if (read !== undefined) events.push(read);
      to = tokenOf(stream.resumeToken);
    }
  } while (stream.bufferedCount() > 0 && events.length + unreadable.length < settings.batch.events);
  return { events, unreadable, to, invalidated: undefined };
}

/** Undefined: nothing happened to a document. */
function readDocument(document: Document, { driver, settings }: CollectOptions): ChangeEvent | UnreadableRecord | undefined {
  const { name: source, clock: now } = settings;
  try {
    return mongoChange(rowOf(document), { source, now });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const raw = driver.BSON.serialize(document);
    const id = tokenOf(document["_id"])?._data ?? createHash("sha256").update(raw).digest("hex");
    const reason = `A change event cannot be read. ${error.message} It is kept as BSON; what rules would have made of it must be done by hand.`;
    return { id, reason, raw, receivedAt: timeFromMs(now()) };
  }
}
