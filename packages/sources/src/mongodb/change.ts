import type { ChangeEvent, Operation } from "@backstitch/core/source";
import { isRow, rowFrom, type Row } from "@backstitch/core/values";
import type { DecodeOptions } from "../decoders/options.ts";
import { differing } from "../values/differing.ts";
import { timeFromMs } from "../values/times.ts";
import { readUpdate } from "./update.ts";

const OPERATIONS: readonly Operation[] = ["insert", "update", "replace", "delete"];

/**
 * A MongoDB change event as a change event. Its values are canonical: ObjectId is its hex text, Date an RFC 3339 text, Timestamp `{ t, i }`.
 *
 * - `id` is the resume token's text (`_id._data`): it names the time, the collection's UUID and the document.
 * - `key` is `documentKey`: `_id`, and the shard key where the collection is sharded.
 * - `after` of an update is `fullDocument`. A document that was looked up (`updateLookup`) may be newer than the change. Without one (not asked for, or the
 *   document is gone since) `after` holds the key and the fields that the update set as a whole, and `unsent` is `["*"]`: a test that reads any other is undecided.
 * - `changed` of an update is from `updateDescription`: the top-level fields. That of a replacement takes the document as it was before.
 * - `before` is `fullDocumentBeforeChange`; undefined where there is none.
 * - `committedAt` is `wallTime`, else the second of `clusterTime`.
 *
 * `lsid` and `txnNumber` are not looked at.
 *
 * @returns undefined where nothing happened to a document: `drop`, `rename`, `invalidate`, `create` and their like.
 * @throws TypeError or RangeError where it is no change event; the message holds none of its values.
 */
export function mongoChange(document: Row, options: DecodeOptions): ChangeEvent | undefined {
  const { operationType } = document;
  if (typeof operationType !== "string") throw new TypeError('The change event has no "operationType".');
  const operation = OPERATIONS.find((one) => one === operationType);
  if (operation === undefined) return undefined;
  const ns = rowAt(document, "ns");
  const collection = textAt(ns, "coll", "ns.coll");
  const key = rowAt(document, "documentKey");
  return {
    id: textAt(rowAt(document, "_id"), "_data", "_id._data"),
    source: options.source,
    origin: "log",
    operation,
    database: textAt(ns, "db", "ns.db"),
    collection: options.collection?.(collection) ?? collection,
    key,
    previousKey: undefined,
    ...imagesOf(operation, key, document),
    committedAt: timeOf(document, options.now ?? Date.now),
  };
}

type Images = Pick<ChangeEvent, "after" | "before" | "unsent" | "changed">;

function imagesOf(operation: Operation, key: Row, document: Row): Images {
  const before = operation === "insert" ? null : optionalRow(document, "fullDocumentBeforeChange");
  switch (operation) {
    case "delete":
      return { after: null, before, unsent: [], changed: [] };
    case "update":
      return updated(key, before, document);
    case "insert":
    case "replace": {
      const after = rowAt(document, "fullDocument");
      const changed = operation === "insert" ? Object.keys(after) : before && differing(before, after);
      return { after, before, unsent: [], changed: changed ?? undefined };
    }
  }
}

function updated(key: Row, before: Row | null | undefined, document: Row): Images {
  const full = optionalRow(document, "fullDocument");
  const { changed, set } = readUpdate(document["updateDescription"], new Set(Object.keys({ ...before, ...full })));
  if (full !== undefined) return { after: full, before, unsent: [], changed };
  // A dotted name is a field further down, of which the rest is not known.
  const known = Object.entries(key).filter(([name]) => !name.includes("."));
  return { after: rowFrom([...known, ...Object.entries(set)]), before, unsent: ["*"], changed };
}

/** The server writes milliseconds; other carriers write fewer digits, or an offset. */
function timeOf({ wallTime, clusterTime }: Row, now: () => number): string {
  const seconds = isRow(clusterTime) && typeof clusterTime["t"] === "number" ? clusterTime["t"] * 1_000 : now();
  const ms = typeof wallTime === "string" ? Date.parse(wallTime) : seconds;
  if (Number.isNaN(ms)) throw new RangeError('"wallTime" is not a time.');
  return timeFromMs(ms);
}

function rowAt(document: Row, name: string): Row {
  const value = document[name];
  if (!isRow(value)) throw new TypeError(`The change event has no object ${JSON.stringify(name)}.`);
  return value;
}

/** Null where a document was asked for and there is none. */
function optionalRow(document: Row, name: string): Row | undefined {
  return document[name] === undefined || document[name] === null ? undefined : rowAt(document, name);
}

function textAt(row: Row, name: string, path: string): string {
  const value = row[name];
  if (typeof value !== "string" || value === "") throw new TypeError(`The change event has no text ${JSON.stringify(path)}.`);
  return value;
}
