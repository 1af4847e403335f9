import { randomBytes } from "node:crypto";
import type { Document } from "bson";
import { compareTimes, type ClusterTime } from "./token.ts";
import { keyText } from "./match.ts";

export interface Collection {
  /** Hexadecimal: a collection that is made again under the same name is another. */
  readonly uuid: string;
  /** By the text of `_id`. */
  readonly documents: Map<string, Document>;
  /** The fields of its key, besides `_id`, where it is sharded. */
  shardKey: readonly string[];
  /** Whether images of documents are kept. */
  images: boolean;
}

/** What happened, as the oplog keeps it. */
export interface Entry {
  readonly at: ClusterTime;
  readonly wall: Date;
  readonly kind: "insert" | "update" | "replace" | "delete" | "create" | "drop" | "rename" | "dropDatabase";
  readonly db: string;
  readonly coll: string;
  readonly uuid: string;
  readonly key: Document;
  readonly before?: Document | undefined;
  readonly after?: Document | undefined;
  /** Where it was renamed to. */
  readonly to?: string | undefined;
  /** Whether the images may be told. */
  readonly images: boolean;
}

/** Databases in memory, and the log of what happened to them. */
export interface Store {
  collection(db: string, coll: string): Collection | undefined;
  collectionsOf(db: string): readonly string[];
  /** Makes it where it is not there. */
  made(db: string, coll: string): Collection;
  drop(db: string, coll: string): void;
  rename(db: string, from: string, to: string): void;
  log(entry: Omit<Entry, "at" | "wall" | "uuid" | "key" | "images"> & Partial<Pick<Entry, "key">>): void;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** The last moment. */
  readonly now: ClusterTime;
  /** The last moment that the log no longer holds. */
  readonly lost: ClusterTime | undefined;
  /** Forgets the log. */
  truncate(): void;
  /** Called at each new entry. */
  readonly listeners: Set<() => void>;
}

/** No databases. `clock` is epoch milliseconds. */
export function createStore(clock: () => number): Store {
  const collections = new Map<string, Collection>();
  const listeners = new Set<() => void>();
  let entries: Entry[] = [];
  let now: ClusterTime = { t: Math.floor(clock() / 1_000), i: 1 };
  let lost: ClusterTime | undefined;

  function tick(): ClusterTime {
    const t = Math.max(now.t, Math.floor(clock() / 1_000));
    now = { t, i: t === now.t ? now.i + 1 : 1 };
    return now;
  }

  const store: Store = {
    collection: (db, coll) => collections.get(`${db}.${coll}`),
    collectionsOf: (db) => [...collections.keys()].filter((name) => name.startsWith(`${db}.`)).map((name) => name.slice(db.length + 1)),
    made(db, coll) {
      const there = collections.get(`${db}.${coll}`);
      if (there !== undefined) return there;
      const made: Collection = { uuid: randomBytes(16).toString("hex").toUpperCase(), documents: new Map(), shardKey: [], images: false };
      collections.set(`${db}.${coll}`, made);
      return made;
    },
    drop: (db, coll) => void collections.delete(`${db}.${coll}`),
    rename(db, from, to) {
      const moved = collections.get(`${db}.${from}`);
      collections.delete(`${db}.${from}`);
      if (moved !== undefined) collections.set(`${db}.${to}`, moved);
    },
    log(entry) {
      const { uuid = "", images = false } = collections.get(`${entry.db}.${entry.coll}`) ?? {};
      entries.push({ key: {}, ...entry, at: tick(), wall: new Date(clock()), uuid, images });
      for (const listener of listeners) listener();
    },
    get entries() {
      return entries;
    },
    get now() {
      return now;
    },
    get lost() {
      return lost;
    },
    truncate() {
      lost = entries.at(-1)?.at ?? lost;
      entries = [];
    },
    listeners,
  };
  return store;
}

/** `_id`, behind the shard key where there is one. */
export function documentKey({ shardKey }: Collection, document: Document): Document {
  const names = [...shardKey.filter((name) => name !== "_id"), "_id"];
  return Object.fromEntries(names.filter((name) => Object.hasOwn(document, name)).map((name) => [name, document[name]]));
}

/** The document as it is now. */
export function lookUp(store: Store, { db, coll, key }: Entry): Document | undefined {
  return store.collection(db, coll)?.documents.get(keyText(key["_id"]));
}

/** Those of that moment and later. */
export function* entriesSince({ entries }: Store, time: ClusterTime): Generator<Entry> {
  let first = 0;
  for (let end = entries.length; first < end;) {
    const middle = Math.floor((first + end) / 2);
    if (compareTimes((entries[middle] as Entry).at, time) < 0) first = middle + 1;
    else end = middle;
  }
  for (let index = first; index < entries.length; index += 1) yield entries[index] as Entry;
}
