import { calculateObjectSize, Timestamp, type Document } from "bson";
import { CommandFailed } from "./errors.ts";
import { lookUp, type Entry, type Store } from "./store.ts";
import { EVENT, INVALIDATION, writeToken, type Place } from "./token.ts";
import { describeUpdate } from "./update.ts";

/** What a stream was asked for. */
export interface StreamSpec {
  /** Undefined: all databases. */
  readonly db: string | undefined;
  /** Undefined: all collections. */
  readonly coll: string | undefined;
  readonly fullDocument: string;
  readonly fullDocumentBeforeChange: string;
  readonly split: boolean;
  /** Larger events are split, or refused. Bytes. */
  readonly largestEvent: number;
}

/** One document of a stream's answer. */
export interface Emitted {
  readonly place: Place;
  readonly event: Document;
  /** Whether the stream ends with it. */
  readonly closes: boolean;
}

const OWN: readonly string[] = ["admin", "config", "local"];
const ON_DOCUMENTS: readonly string[] = ["insert", "update", "replace", "delete"];

/** What a stream tells of an entry: nothing, an event, its fragments, an invalidation behind it. @throws CommandFailed */
export function emittedBy(store: Store, entry: Entry, spec: StreamSpec): readonly Emitted[] {
  if (!isWatched(entry, spec)) return [];
  const place = { ...entry.at, part: EVENT };
  const events = sized({ _id: writeToken(place, entry), ...bodyOf(store, entry, spec) }, entry, spec);
  if (!invalidates(entry, spec)) return events;
  const end = { ...entry.at, part: INVALIDATION };
  const event = { _id: writeToken(end, entry), operationType: "invalidate", ...timesOf(entry) };
  return [...events, { place: end, event, closes: true }];
}

function isWatched({ kind, db, coll, to }: Entry, spec: StreamSpec): boolean {
  if (OWN.includes(db) || coll.startsWith("system.")) return false;
  // Told of only to those who ask for expanded events.
  if (kind === "create") return false;
  if (spec.db !== undefined && spec.db !== db) return false;
  return spec.coll === undefined || kind === "dropDatabase" ? spec.coll === undefined : spec.coll === coll || spec.coll === to;
}

function invalidates({ kind }: Entry, { db, coll }: StreamSpec): boolean {
  if (coll !== undefined) return kind === "drop" || kind === "rename";
  return db !== undefined && kind === "dropDatabase";
}

function bodyOf(store: Store, entry: Entry, spec: StreamSpec): Document {
  const { kind, db, coll, key, to, before = {}, after } = entry;
  const body: Document = { operationType: kind, ...timesOf(entry), ns: kind === "dropDatabase" ? { db } : { db, coll } };
  if (to !== undefined) body["to"] = { db, coll: to };
  if (!ON_DOCUMENTS.includes(kind)) return body;
  body["documentKey"] = key;
  if (kind === "insert" || kind === "replace") body["fullDocument"] = after;
  if (kind === "update") {
    body["updateDescription"] = describeUpdate(before, after ?? {});
    if (spec.fullDocument !== "default") body["fullDocument"] = afterwards(store, entry, spec.fullDocument);
  }
  if (kind !== "insert" && spec.fullDocumentBeforeChange !== "off")
    body["fullDocumentBeforeChange"] = imageOf(entry, before, spec.fullDocumentBeforeChange, "pre");
  return body;
}

function timesOf({ at, wall }: Entry): Document {
  return { clusterTime: new Timestamp({ t: at.t, i: at.i }), wallTime: wall };
}

function afterwards(store: Store, entry: Entry, mode: string): Document | null {
  return mode === "updateLookup" ? (lookUp(store, entry) ?? null) : imageOf(entry, entry.after, mode, "post");
}

function imageOf(entry: Entry, image: Document | undefined, mode: string, which: "pre" | "post"): Document | null {
  if (entry.images && image !== undefined) return image;
  if (mode !== "required") return null;
  throw new CommandFailed(
    47,
    `Change stream was configured to require a ${which}-image for all events, but the ${which}-image was not found.`,
  );
}

/** A fragment holds whole top-level fields, as many as there is room for. @throws CommandFailed */
function sized(event: Document, entry: Entry, { split, largestEvent }: StreamSpec): readonly Emitted[] {
  const place = { ...entry.at, part: EVENT };
  if (calculateObjectSize(event) <= largestEvent) return [{ place, event, closes: false }];
  if (!split)
    throw new CommandFailed(10334, `BSONObj size: ${calculateObjectSize(event)} is invalid. Size must be between 0 and ${largestEvent}`);
  const { _id, ...fields } = event;
  const fragments: Document[] = [{}];
  for (const [name, value] of Object.entries(fields)) {
    const last = fragments.at(-1) as Document;
    const isFull = Object.keys(last).length > 0 && calculateObjectSize({ ...last, [name]: value as unknown }) > largestEvent;
    if (isFull) fragments.push({ [name]: value as unknown });
    else last[name] = value;
  }
  return fragments.map((fragment, index) => {
    const at = { ...entry.at, part: index + 1 };
    return {
      place: at,
      event: { _id: writeToken(at, entry), splitEvent: { fragment: index + 1, of: fragments.length }, ...fragment },
      closes: false,
    };
  });
}
