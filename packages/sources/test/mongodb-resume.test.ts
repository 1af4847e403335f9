import { expect, test } from "vitest";
import type { Batch, Positions, Source } from "@backstitch/core/source";
import { positionsAfter, readBatches, readEvents, until } from "./support/database.ts";
import { openMongo, through, type TestMongo } from "./support/mongodb.ts";

async function insert(mongo: TestMongo, collection: string, ...ids: readonly number[]): Promise<void> {
  await mongo.collection(collection).insertMany(ids.map((_id) => ({ _id })));
}

function idsIn(batches: readonly Batch[]): readonly unknown[] {
  return batches.flatMap(({ events }) => events).map(({ key }) => key?.["_id"]);
}

test("the first start begins now, and says so at once", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  const source = mongo.source({ startAt: undefined, heartbeatMs: 1_000_000 });
  const [first, ...none] = await readBatches(source, (batches) => {
    // What the token was asked of is not left open.
    expect(mongo.peer.received("killCursors")).toBe(1);
    return batches.length > 0;
  });
  expect(first).toMatchObject({ from: undefined, events: [], partition: "stream", source: "mongo" });
  expect(none).toEqual([]);
  // The process that recorded it ended before the first change.
  await insert(mongo, "orders", 2);
  const later = await readBatches(source, (batches) => batches.length > 0, positionsAfter([first as Batch]));
  expect(later).toMatchObject([{ from: first?.to }]);
  expect(idsIn(later)).toEqual([2]);
});

test("a collection in which nothing happens does not age out of the oplog", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  const source = mongo.source({ heartbeatMs: 0 });
  const read = await readBatches(source, (batches) => batches.some(({ events }) => events.length > 0));
  await insert(mongo, "other", 1, 2, 3);
  const quiet = await readBatches(source, (batches) => batches.length > 0, positionsAfter(read));
  expect(quiet).toMatchObject([{ events: [], from: read.at(-1)?.to }]);
  mongo.peer.truncateOplog();
  await insert(mongo, "orders", 2);
  expect(idsIn(await readBatches(source, (batches) => idsIn(batches).length > 0, positionsAfter(quiet)))).toEqual([2]);
});

test("a position does not stand still because the clock was set back", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  let now = 1_000_000_000;
  const source = mongo.source({ heartbeatMs: 50, clock: () => now });
  let later: Promise<void> | undefined;
  const batches = await readBatches(source, (some) => {
    // Once the position has moved.
    setImmediate(() => (now = 0));
    later ??= insert(mongo, "other", 1);
    return some.length === 2;
  });
  await later;
  expect(batches.map(({ events }) => events.length)).toEqual([1, 0]);
});

test("while nothing happens the position moves no more often than it must", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  let now = 0;
  const source = mongo.source({ heartbeatMs: 50, clock: () => now });
  const stop = new AbortController();
  const batches: Batch[] = [];
  const reading = source.read(new Map(), async (batch) => void batches.push(batch), stop.signal);
  const answers = async (more: number): Promise<void> => {
    const enough = mongo.peer.received("getMore") + more;
    while (mongo.peer.received("getMore") < enough) await mongo.client.db("admin").command({ ping: 1 });
  };
  await answers(2);
  await insert(mongo, "other", 1);
  await answers(3);
  expect(batches.map(({ events }) => events.length)).toEqual([1]);
  now = 50;
  await answers(3);
  expect(batches.map(({ events }) => events.length)).toEqual([1, 0]);
  stop.abort();
  await reading;
});

test.each([
  ["the connection is cut", { closeConnection: true }, 1],
  ["the cursor is gone", { errorCode: 43 }, 1],
  ["the primary steps down", { errorCode: 11602 }, 1],
  ["it happens again and again", { closeConnection: true }, 4],
])("nothing is missed and nothing comes twice in one reading when %s", async (_, how, times) => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1, 2, 3, 4, 5, 6, 7, 8);
  await mongo.fail("getMore", how, times);
  const batches = await readBatches(mongo.source({ batch: { events: 2 } }), (all) => idsIn(all).length >= 8);
  expect(idsIn(batches)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const [index, { from }] of batches.entries()) expect(from).toBe(batches[index - 1]?.to);
});

test("where the driver does not go on by itself the reading fails, and the next one goes on", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1, 2, 3, 4);
  await mongo.fail("getMore", { errorCode: 1, errorLabels: [] });
  const source = mongo.source({ batch: { events: 2 } });
  const { batches, error } = await readUntilItFails(source);
  expect(error).toMatchObject({ name: "Error", message: expect.stringContaining("failCommand") });
  expect(idsIn(batches)).toEqual([1, 2]);
  expect(idsIn(await readBatches(source, (all) => idsIn(all).length >= 2, positionsAfter(batches)))).toEqual([3, 4]);
});

async function readUntilItFails(
  source: Source,
  from: Positions = new Map(),
): Promise<{ readonly batches: readonly Batch[]; readonly error: unknown }> {
  const batches: Batch[] = [];
  const error: unknown = await source
    .read(from, async (batch) => void batches.push(batch), AbortSignal.timeout(20_000))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  return { batches, error };
}

const LARGE = { note: "n".repeat(900), text: "t".repeat(900) };

async function openLarge(): Promise<TestMongo> {
  const mongo = await openMongo({ largestEvent: 2_500 });
  await mongo.shop.createCollection("orders", { changeStreamPreAndPostImages: { enabled: true } });
  const orders = mongo.collection("orders");
  await orders.insertOne({ _id: 1, ...LARGE });
  await orders.updateOne({ _id: 1 }, { $set: { note: "m".repeat(900) } });
  await orders.insertOne({ _id: 2 });
  return mongo;
}

const IMAGES = { fullDocument: "required", fullDocumentBeforeChange: "required" } as const;

test.each([1, 2, 500])("an event that is larger than the server sends is put together (%d at once)", async (events) => {
  await using mongo = await openLarge();
  const [, update, last] = await readEvents(mongo.source({ ...IMAGES, batch: { events } }), 3);
  expect(update).toMatchObject({
    operation: "update",
    key: { _id: 1 },
    before: { _id: 1, ...LARGE },
    after: { _id: 1, ...LARGE, note: "m".repeat(900) },
    changed: ["note"],
  });
  expect(last).toMatchObject({ operation: "insert", key: { _id: 2 } });
});

test("a large event has one id, in however many fragments it comes", async () => {
  await using mongo = await openLarge();
  const inThree = await readEvents(mongo.source(IMAGES), 2);
  const inTwo = await readEvents(mongo.source({ fullDocumentBeforeChange: "required" }), 2);
  expect(inTwo[1]?.id).toBe(inThree[1]?.id);
});

test("a reading that ends within a large event goes on before it", async () => {
  await using mongo = await openLarge();
  const source = mongo.source({ ...IMAGES, batch: { events: 1 } });
  const whole = await readEvents(source, 3);
  const first = await readBatches(source, (batches) => batches.length > 0);
  // The first fragment comes with the cursor, and the second does not come.
  await mongo.fail("getMore", { errorCode: 1, errorLabels: [] });
  const cut = await readUntilItFails(source, positionsAfter(first));
  expect(cut.batches).toEqual([]);
  expect(await readEvents(source, 2, positionsAfter(first))).toEqual(whole.slice(1));
});

test("a first start does not begin within a large event", async () => {
  await using mongo = await openMongo({ largestEvent: 2_000, maxWireVersion: 21 });
  const large = { _id: 1, text: "t".repeat(1_500) };
  await mongo.shop.createCollection("orders", { changeStreamPreAndPostImages: { enabled: true } });
  await mongo.collection("orders").insertOne(large);
  let written = false;
  // The event comes between the asking for the token of now and its answer.
  await using wire = await through(
    mongo.peer,
    () => undefined,
    async (bytes) => {
      if (written || !bytes.includes("getMore")) return;
      written = true;
      await mongo.collection("orders").updateOne({ _id: 1 }, { $set: { text: "u".repeat(1_500) } });
    },
  );
  const connectionString = `${wire.url}&serverSelectionTimeoutMS=2000`;
  const source = mongo.source({ ...IMAGES, connectionString, startAt: undefined, splitLargeEvents: true, batch: { events: 1 } });
  const first = await readBatches(source, (batches) => batches.length > 0);
  await insert(mongo, "orders", 2);
  const later = await readBatches(source, (batches) => idsIn(batches).includes(2), positionsAfter(first));
  expect(idsIn(later)).toEqual([2]);
});

test("the driver goes on within a large event", async () => {
  await using mongo = await openLarge();
  await mongo.fail("getMore", { closeConnection: true }, 3);
  const events = await readEvents(mongo.source({ ...IMAGES, batch: { events: 1 } }), 3);
  expect(events.map(({ operation, before }) => [operation, before === null])).toEqual([
    ["insert", true],
    ["update", false],
    ["insert", true],
  ]);
});

test("while the journal has not taken a batch nothing more is asked for", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", ...Array.from({ length: 50 }, (_, index) => index));
  const stop = new AbortController();
  const asked: number[] = [];
  await mongo.source({ batch: { events: 5 } }).read(
    new Map(),
    async () => {
      const before = mongo.peer.received("getMore");
      // The server would have been asked by then: it answers each of these.
      for (let turn = 0; turn < 20; turn += 1) await mongo.client.db("admin").command({ ping: 1 });
      asked.push(mongo.peer.received("getMore") - before);
      if (asked.length === 3) stop.abort();
    },
    stop.signal,
  );
  expect(asked).toEqual([0, 0, 0]);
});

test("a stream that the server ends without a word is an error", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  await mongo.shop.collection("orders").drop();
  await using wire = await through(mongo.peer, (bytes) => {
    const at = bytes.indexOf("invalidate");
    if (at !== -1) bytes.write("heretofore", at);
  });
  const { batches, error } = await readUntilItFails(mongo.source({ connectionString: wire.url }));
  expect(idsIn(batches)).toEqual([1]);
  expect(error).toMatchObject({ name: "Error", message: "The server ended the change stream." });
});

test("leaves nothing open on the server", async () => {
  await using mongo = await openMongo();
  await insert(mongo, "orders", 1);
  await mongo.client.close();
  await readEvents(mongo.source(), 1);
  expect(mongo.peer.received("killCursors")).toBe(1);
  await until(() => mongo.peer.connections() === 0);
});
