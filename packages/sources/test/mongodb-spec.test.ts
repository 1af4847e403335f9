import { describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { readEvents } from "./support/database.ts";
import { openMongo, type TestMongo, type Wanted } from "./support/mongodb.ts";

/*
 * The cases of MongoDB's published change stream specification that bear on a reader of changes, written anew: its own files are CC BY-NC-SA.
 * Left out: what is asked of a driver's own interface (comments, projections, pipelines), and what only sharded clusters do.
 * https://github.com/mongodb/specifications/tree/master/source/change-streams/tests/unified
 */
interface Case {
  readonly name: string;
  /** @default the collection `orders` of the database `shop` */
  readonly watched?: Wanted;
  /** @default not kept */
  readonly images?: "kept";
  readonly happens: (mongo: TestMongo) => Promise<unknown>;
  readonly events: readonly Partial<ChangeEvent>[];
}

const SHOP: Wanted = { collection: undefined };
const ALL: Wanted = { collection: undefined, database: undefined };

async function insertEverywhere({ client, collection }: TestMongo): Promise<void> {
  await collection("other").insertOne({ _id: 1, x: 1 });
  await client.db("elsewhere").collection<{ _id: number; y: number }>("orders").insertOne({ _id: 2, y: 2 });
  await collection("orders").insertOne({ _id: 3, z: 3 });
}

const OTHER: Partial<ChangeEvent> = { operation: "insert", database: "shop", collection: "other", after: { _id: 1, x: 1 } };
const ELSEWHERE: Partial<ChangeEvent> = { operation: "insert", database: "elsewhere", collection: "orders", after: { _id: 2, y: 2 } };
const ORDER: Partial<ChangeEvent> = { operation: "insert", database: "shop", collection: "orders", after: { _id: 3, z: 3 } };

async function insertAndUpdate({ collection }: TestMongo): Promise<void> {
  await collection("orders").insertOne({ _id: 1, x: 1, y: 1 });
  await collection("orders").updateOne({ _id: 1 }, { $set: { x: 2 } });
}

const INSERTED: Partial<ChangeEvent> = { operation: "insert", after: { _id: 1, x: 1, y: 1 }, before: null };
const UPDATED: Partial<ChangeEvent> = { operation: "update", key: { _id: 1 }, changed: ["x"] };
const NOT_SENT: Partial<ChangeEvent> = { after: { _id: 1, x: 2 }, unsent: ["*"] };
const SENT: Partial<ChangeEvent> = { after: { _id: 1, x: 2, y: 1 }, unsent: [] };

const CASES: readonly Case[] = [
  { name: "a collection's stream tells of that collection alone", happens: insertEverywhere, events: [ORDER] },
  { name: "a database's stream tells of all its collections", watched: SHOP, happens: insertEverywhere, events: [OTHER, ORDER] },
  { name: "a deployment's stream tells of all databases", watched: ALL, happens: insertEverywhere, events: [OTHER, ELSEWHERE, ORDER] },
  {
    name: "insert, update, replace and delete",
    async happens({ collection }) {
      await collection("orders").insertOne({ _id: 1, x: 1 });
      await collection("orders").updateOne({ x: 1 }, { $set: { x: 2 } });
      await collection("orders").replaceOne({ x: 2 }, { x: 3 });
      await collection("orders").deleteOne({ x: 3 });
    },
    events: [
      { operation: "insert", key: { _id: 1 }, after: { _id: 1, x: 1 }, before: null, changed: ["_id", "x"] },
      { operation: "update", key: { _id: 1 }, after: { _id: 1, x: 2 }, before: undefined, changed: ["x"], unsent: ["*"] },
      { operation: "replace", key: { _id: 1 }, after: { _id: 1, x: 3 }, before: undefined, changed: undefined },
      { operation: "delete", key: { _id: 1 }, after: null, before: undefined, changed: [] },
    ],
  },
  {
    name: "an array that became shorter is a changed field",
    async happens({ collection }) {
      await collection("orders").insertOne({ _id: 1, a: 1, array: ["foo", { a: "bar" }, 1, 2, 3] });
      await collection("orders").updateOne({ _id: 1 }, [{ $set: { array: ["foo", { a: "bar" }] } }]);
    },
    events: [{ operation: "insert" }, { operation: "update", changed: ["array"], after: { _id: 1 }, unsent: ["*"] }],
  },
  {
    name: "fields further down, new ones, and ones that went",
    async happens({ collection }) {
      await collection("orders").insertOne({ _id: 1, address: { zip: "1010", city: "Wien" }, items: [1, 2], note: "n" });
      await collection("orders").updateOne(
        { _id: 1 },
        { $set: { "address.zip": "1020", total: 3, items: [1, 2, 3] }, $unset: { note: "" } },
      );
    },
    events: [
      { operation: "insert" },
      { operation: "update", changed: ["address", "items", "total", "note"], after: { _id: 1, total: 3 }, unsent: ["*"] },
    ],
  },
  {
    name: "an update that changes nothing is none",
    async happens({ collection }) {
      await collection("orders").insertOne({ _id: 1, x: 1 });
      await collection("orders").updateOne({ _id: 1 }, { $set: { x: 1 } });
      await collection("orders").deleteOne({ _id: 1 });
    },
    events: [{ operation: "insert" }, { operation: "delete" }],
  },
  {
    name: "what happens to collections is no event, in a stream that goes on",
    watched: SHOP,
    async happens({ shop, collection }) {
      await collection("orders").insertOne({ _id: 1 });
      await shop.collection("orders").rename("old");
      await shop.collection("old").drop();
      await shop.createCollection("orders");
      await collection("orders").insertOne({ _id: 2 });
    },
    events: [
      { operation: "insert", key: { _id: 1 } },
      { operation: "insert", key: { _id: 2 } },
    ],
  },
  {
    name: "images: nothing asked for",
    images: "kept",
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...NOT_SENT, before: undefined }],
  },
  {
    name: "images: the document after it, where there is one",
    images: "kept",
    watched: { fullDocument: "whenAvailable" },
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...SENT, before: undefined }],
  },
  {
    name: "images: the document after it, and there is none",
    watched: { fullDocument: "whenAvailable" },
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...NOT_SENT, before: undefined }],
  },
  {
    name: "images: the document before it, where there is one",
    images: "kept",
    watched: { fullDocumentBeforeChange: "whenAvailable" },
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...NOT_SENT, before: { _id: 1, x: 1, y: 1 } }],
  },
  {
    name: "images: the document before it, and there is none",
    watched: { fullDocumentBeforeChange: "whenAvailable" },
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...NOT_SENT, before: undefined }],
  },
  {
    name: "images: both, which are there",
    images: "kept",
    watched: { fullDocument: "required", fullDocumentBeforeChange: "required" },
    happens: insertAndUpdate,
    events: [INSERTED, { ...UPDATED, ...SENT, before: { _id: 1, x: 1, y: 1 } }],
  },
  {
    name: "a document that is looked up may be newer than the change",
    watched: { fullDocument: "updateLookup" },
    async happens(mongo) {
      await insertAndUpdate(mongo);
      await mongo.collection("orders").updateOne({ _id: 1 }, { $set: { y: 5 } });
    },
    events: [INSERTED, { ...UPDATED, after: { _id: 1, x: 2, y: 5 }, unsent: [] }, { operation: "update", changed: ["y"] }],
  },
  {
    name: "a document that is looked up may be gone",
    watched: { fullDocument: "updateLookup" },
    async happens(mongo) {
      await insertAndUpdate(mongo);
      await mongo.collection("orders").deleteOne({ _id: 1 });
    },
    events: [INSERTED, { ...UPDATED, ...NOT_SENT }, { operation: "delete" }],
  },
];

describe("the published cases of change streams", () => {
  test.each(CASES)("$name", async ({ watched, images, happens, events }) => {
    await using mongo = await openMongo();
    if (images === "kept") await mongo.shop.createCollection("orders", { changeStreamPreAndPostImages: { enabled: true } });
    await happens(mongo);
    const read = await readEvents(mongo.source(watched), events.length);
    expect(read).toHaveLength(events.length);
    for (const [index, expected] of events.entries()) expect(read[index]).toMatchObject(expected);
  });

  const RESUMABLE = [6, 7, 63, 89, 91, 133, 150, 189, 234, 262, 9001, 10107, 11600, 11602, 13388, 13435, 13436, 43];

  test.each(RESUMABLE)("the driver goes on after the error %d of a read", async (errorCode) => {
    await using mongo = await openMongo();
    await mongo.collection("orders").insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    await mongo.fail("getMore", { errorCode });
    expect((await readEvents(mongo.source({ batch: { events: 1 } }), 3)).map(({ key }) => key)).toEqual([
      { _id: 1 },
      { _id: 2 },
      { _id: 3 },
    ]);
  });

  test.each([
    ["an election", { errorCode: 216 }],
    ["an error that is resumable but for its label", { errorCode: 91, errorLabels: [] }],
  ])("it does not go on after %s", async (_, how) => {
    await using mongo = await openMongo();
    await mongo.collection("orders").insertMany([{ _id: 1 }, { _id: 2 }]);
    await mongo.fail("getMore", how);
    await expect(readEvents(mongo.source({ batch: { events: 1 } }), 2)).rejects.toThrow("failCommand");
  });
});
