import { Double, Long, MongoClient, type ChangeStream, type Collection } from "mongodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mongodbPeer, type MongodbPeer } from "@backstitch/sandbox";

interface Item {
  readonly _id: number;
  readonly n?: number;
  readonly z?: number;
  readonly list?: readonly (string | number | { readonly a: null })[];
  readonly a?: { readonly b: number };
  readonly whole?: number;
  readonly long?: Long;
  readonly double?: Double;
}

let peer: MongodbPeer;
let client: MongoClient;
let items: Collection<Item>;

beforeEach(async () => {
  peer = await mongodbPeer();
  client = new MongoClient(peer.url);
  items = client.db("shop").collection<Item>("items");
});

afterEach(async () => {
  await client.close();
  await peer.close();
});

test("keeps what is written, type by type", async () => {
  const written = { _id: 1, whole: 3, long: Long.fromString("9007199254740993"), double: new Double(3), list: [1, { a: null }] };
  expect(await items.insertOne(written)).toMatchObject({ insertedId: 1 });
  const [found] = await items.find({ _id: 1 }, { promoteValues: false }).toArray();
  expect(found).toMatchObject({ long: written.long, double: written.double });
  await expect(items.insertOne({ _id: 1 })).rejects.toMatchObject({ code: 11000 });
});

test("updates by operators, by replacement, by pipeline, and where there is nothing", async () => {
  await items.insertOne({ _id: 1, a: { b: 1 }, n: 1 });
  expect(await items.updateOne({ _id: 1 }, { $set: { "a.b": 2 }, $inc: { n: 2 }, $push: { list: "x" } })).toMatchObject({
    modifiedCount: 1,
  });
  expect(await items.findOne({ _id: 1 })).toEqual({ _id: 1, a: { b: 2 }, n: 3, list: ["x"] });
  expect(await items.updateOne({ _id: 1 }, { $set: { n: 3 } })).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
  await items.updateOne({ _id: 1 }, [{ $set: { n: 4 } }, { $unset: "list" }]);
  expect(await items.findOne({ _id: 1 })).toEqual({ _id: 1, a: { b: 2 }, n: 4 });
  await items.replaceOne({ _id: 1 }, { z: 1 });
  expect(await items.findOne({ z: 1 })).toEqual({ _id: 1, z: 1 });
  expect(await items.updateOne({ _id: 2 }, { $set: { n: 1 } }, { upsert: true })).toMatchObject({ upsertedId: 2 });
  expect(await items.deleteMany({})).toMatchObject({ deletedCount: 2 });
});

test("says what it does not know", async () => {
  await expect(client.db("shop").command({ mapReduce: "items" })).rejects.toMatchObject({ code: 59, codeName: "CommandNotFound" });
  await expect(items.aggregate([{ $count: "n" }]).toArray()).rejects.toThrow("nothing but change streams");
  await expect(items.updateOne({ _id: 1 }, { $set: { _id: 2 } }, { upsert: false })).resolves.toMatchObject({ matchedCount: 0 });
});

test("a stream goes on behind any of its tokens, also those of answers without events", async () => {
  const stream = items.watch([], { maxAwaitTimeMS: 10 });
  expect(await stream.tryNext()).toBeNull();
  const quiet = stream.resumeToken;
  await items.insertMany([{ _id: 1 }, { _id: 2 }]);
  const first = await stream.next();
  await stream.close();
  expect(await idsAfter(items.watch([], { resumeAfter: quiet }), 2)).toEqual([1, 2]);
  expect(await idsAfter(items.watch([], { resumeAfter: first._id }), 1)).toEqual([2]);
});

test("behind an invalidation only another stream starts", async () => {
  const stream = items.watch([], { maxAwaitTimeMS: 10 });
  await stream.tryNext();
  await items.insertOne({ _id: 1 });
  await items.drop();
  await items.insertOne({ _id: 2 });
  const seen: unknown[] = [];
  let token: unknown;
  for (let event = await stream.tryNext(); event !== null; event = await stream.tryNext()) {
    seen.push(event.operationType);
    token = event._id;
  }
  expect(seen).toEqual(["insert", "drop", "invalidate"]);
  await expect(items.watch([], { resumeAfter: token }).tryNext()).rejects.toMatchObject({ code: 260 });
  expect(await idsAfter(items.watch([], { startAfter: token }), 1)).toEqual([2]);
});

test("a token whose history is gone is refused", async () => {
  const stream = items.watch([], { maxAwaitTimeMS: 10 });
  await stream.tryNext();
  const token = stream.resumeToken;
  await stream.close();
  await items.insertOne({ _id: 1 });
  peer.truncateOplog();
  await expect(items.watch([], { resumeAfter: token }).tryNext()).rejects.toMatchObject({ code: 286, codeName: "ChangeStreamHistoryLost" });
});

test("cursors that are forgotten are not found; the driver opens others", async () => {
  const stream = items.watch([], { maxAwaitTimeMS: 10 });
  await stream.tryNext();
  peer.killCursors();
  await items.insertOne({ _id: 1 });
  expect(await stream.next()).toMatchObject({ fullDocument: { _id: 1 } });
  expect(peer.received("aggregate")).toBe(2);
  await stream.close();
});

async function idsAfter(stream: ChangeStream<Item>, count: number): Promise<readonly unknown[]> {
  const ids: unknown[] = [];
  while (ids.length < count) {
    const event = await stream.next();
    if ("documentKey" in event) ids.push(event.documentKey._id);
  }
  await stream.close();
  return ids;
}
