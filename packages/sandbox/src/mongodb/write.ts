import { Int32, Long, ObjectId, type Document } from "bson";
import { CommandFailed } from "./errors.ts";
import { keyText, matches } from "./match.ts";
import { documentKey, type Store } from "./store.ts";
import { isReplacement, updated } from "./update.ts";

/** Where a command writes. */
export interface Target {
  readonly store: Store;
  readonly db: string;
  readonly coll: string;
}

export function insert(target: Target, documents: readonly Document[]): Document {
  const writeErrors: Document[] = [];
  for (const [index, document] of documents.entries()) {
    const failure = insertOne(target, document);
    if (failure !== undefined) writeErrors.push({ index, ...failure });
    if (failure !== undefined) break;
  }
  return {
    n: writeErrors.length > 0 ? (writeErrors[0]?.["index"] as number) : documents.length,
    ...(writeErrors.length > 0 ? { writeErrors } : {}),
    ok: 1,
  };
}

function insertOne({ store, db, coll }: Target, given: Document): Document | undefined {
  const isNew = store.collection(db, coll) === undefined;
  const collection = store.made(db, coll);
  if (isNew) store.log({ kind: "create", db, coll });
  const document = Object.hasOwn(given, "_id") ? given : { _id: new ObjectId(), ...given };
  const id = keyText(document["_id"]);
  if (collection.documents.has(id)) return { code: 11000, errmsg: `E11000 duplicate key error collection: ${db}.${coll} index: _id_` };
  collection.documents.set(id, document);
  store.log({ kind: "insert", db, coll, key: documentKey(collection, document), after: document });
  return undefined;
}

export function update(target: Target, statements: readonly Document[]): Document {
  const results = statements.map((statement) => updateAll(target, statement));
  const upserted = results.flatMap(({ id }, index) => (id === undefined ? [] : [{ index, _id: id }]));
  return {
    n: results.reduce((sum, { n }) => sum + n, 0),
    nModified: results.reduce((sum, { modified }) => sum + modified, 0),
    ...(upserted.length > 0 ? { upserted } : {}),
    ok: 1,
  };
}

interface Updated {
  readonly n: number;
  readonly modified: number;
  /** Of what was inserted for want of a match. */
  readonly id?: unknown;
}

function updateAll(target: Target, { q, u, multi, upsert }: Document): Updated {
  const found = find(target, q as Document);
  const change = u as Document | readonly Document[];
  if (found.length === 0 && upsert === true) {
    const made = { _id: new ObjectId(), ...updated(q as Document, change) } as Document;
    insertOne(target, made);
    return { n: 1, modified: 0, id: made["_id"] };
  }
  const touched = multi === true ? found : found.slice(0, 1);
  return { n: touched.length, modified: touched.filter((document) => updateOne(target, document, change)).length };
}

/** An update that changes nothing is no event. */
function updateOne({ store, db, coll }: Target, before: Document, change: Document | readonly Document[]): boolean {
  const collection = store.made(db, coll);
  const after = updated(before, change);
  if (keyText(after["_id"]) !== keyText(before["_id"]))
    throw new CommandFailed(66, "Performing an update on the path '_id' would modify the immutable field '_id'");
  if (keyText(after) === keyText(before)) return false;
  collection.documents.set(keyText(before["_id"]), after);
  store.log({ kind: isReplacement(change) ? "replace" : "update", db, coll, key: documentKey(collection, after), before, after });
  return true;
}

export function remove(target: Target, statements: readonly Document[]): Document {
  const { store, db, coll } = target;
  let n = 0;
  for (const { q, limit } of statements) {
    const found = find(target, q as Document);
    for (const before of Number(limit) === 1 ? found.slice(0, 1) : found) {
      const collection = store.made(db, coll);
      collection.documents.delete(keyText(before["_id"]));
      store.log({ kind: "delete", db, coll, key: documentKey(collection, before), before });
      n += 1;
    }
  }
  return { n: new Int32(n), ok: 1 };
}

/** All at once, however many. */
export function findAll(target: Target, filter: Document): Document {
  return { cursor: { id: Long.ZERO, ns: `${target.db}.${target.coll}`, firstBatch: find(target, filter) }, ok: 1 };
}

function find({ store, db, coll }: Target, filter: Document): readonly Document[] {
  return [...(store.collection(db, coll)?.documents.values() ?? [])].filter((document) => matches(document, filter));
}
