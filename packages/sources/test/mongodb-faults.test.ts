import { expect, test } from "vitest";
import { SourceMisconfigured } from "@backstitch/core/source";
import { Secret } from "@backstitch/core/connector";
import { mongodbSends, mongodbSource, type MongodbSourceOptions } from "@backstitch/sources/mongodb";
import { readEvents } from "./support/database.ts";
import { openMongo, sourceOf, through, type Wanted } from "./support/mongodb.ts";

async function failureOf(options: Wanted): Promise<unknown> {
  const source = mongodbSource({ name: "mongo", database: "shop", collection: "orders", ...options } as MongodbSourceOptions);
  return source
    .read(new Map(), async () => undefined, AbortSignal.timeout(20_000))
    .then(
      () => undefined,
      (error: unknown) => error,
    );
}

function expectMisconfigured(error: unknown, ...words: readonly string[]): void {
  expect(error).toBeInstanceOf(SourceMisconfigured);
  for (const word of words) expect(String(error)).toContain(word);
}

test("a server that is in no replica set", async () => {
  await using mongo = await openMongo({ replicaSet: false });
  expectMisconfigured(await failureOf({ connectionString: mongo.peer.url }), "not part of a replica set", "rs.initiate()");
});

test.each<readonly [Wanted, string, string]>([
  [{}, 'the collection "shop.orders"', '"read" on "shop"'],
  [{ collection: undefined }, 'the database "shop"', '"read" on "shop"'],
  [{ database: undefined, collection: undefined }, "all databases", '"readAnyDatabase" on "admin"'],
])("a user that may not watch (%j)", async (place, named, role) => {
  await using mongo = await openMongo();
  await mongo.fail("aggregate", { errorCode: 13 }, 2);
  const error = await failureOf({ connectionString: mongo.peer.url, ...place });
  expectMisconfigured(error, "changeStream", named, role);
});

test("a password that is wrong is not told", async () => {
  await using mongo = await openMongo();
  const url = mongo.peer.url.replace("mongodb://", "mongodb://wendy:hunter2@");
  const error = await failureOf({ connectionString: new Secret(url) });
  expectMisconfigured(error, "does not accept the user or the password", "authSource");
  expect(String(error)).not.toMatch(/wendy|hunter2/);
});

test("what the server says of the user is not told", async () => {
  await using mongo = await openMongo();
  await mongo.fail("saslStart", { errorCode: 1 }, 100);
  await using wire = await through(mongo.peer, (bytes) => {
    const at = bytes.indexOf("failCommand");
    if (at !== -1) bytes.write("wendy:hun@r", at);
  });
  const error = await failureOf({ connectionString: wire.url.replace("mongodb://", "mongodb://wendy:hun%40r@") });
  expect(error).toMatchObject({ name: "Error", message: expect.stringContaining("'[secret]:[secret]'") });
});

test.each([
  "postgres://wendy:hunter2@localhost/shop",
  "mongodb://wendy:hunt/er2@localhost",
  "mongodb://wendy:hunter2@localhost/?retry=maybe",
  "hunter2",
])("a connection string that is none is not told: %s", async (connectionString) => {
  const error = await failureOf({ connectionString });
  expectMisconfigured(error, "mongodb://user:password@host:port");
  expect(String(error)).not.toMatch(/wendy|er2|maybe/);
});

test("a server that is not there may come", async () => {
  const error = await failureOf({ connectionString: "mongodb://wendy:hunter%402@127.0.0.1:1/?serverSelectionTimeoutMS=100" });
  expect(error).toMatchObject({ name: "Error", message: expect.stringContaining("ECONNREFUSED") });
  expect(String(error)).not.toMatch(/wendy|hunter/);
});

test("a reading of a server that is not there ends with its signal", async () => {
  const stop = new AbortController();
  const reading = mongodbSource({ name: "mongo", connectionString: "mongodb://127.0.0.1:1/" }).read(
    new Map(),
    async () => undefined,
    stop.signal,
  );
  setImmediate(() => stop.abort());
  await expect(reading).resolves.toBeUndefined();
});

test.each<readonly [string, (url: string) => Wanted, string]>([
  ["a name that no database has", (url) => ({ connectionString: url, database: "shop.orders" }), "Database names cannot contain"],
  ["a package that is not installed", (url) => ({ connectionString: `${url}&authMechanism=MONGODB-AWS` }), "Optional module"],
  ["a file that is not there", (url) => ({ connectionString: `${url}&tls=true&tlsCAFile=/wendy/ca.pem` }), "names a file"],
])("what the driver refuses before it asks the server: %s", async (_, options, words) => {
  await using mongo = await openMongo();
  const error = await failureOf(options(mongo.peer.url));
  expectMisconfigured(error, 'Source "mongo" cannot be read: ', words);
  expect(String(error)).not.toContain("wendy");
});

test("a server that wants a user where the connection string names none", async () => {
  await using mongo = await openMongo();
  await mongo.fail("aggregate", { errorCode: 13 }, 2);
  expectMisconfigured(await failureOf({ connectionString: mongo.peer.url }), "the connection string names no user", '"read" on "shop"');
});

test("options that do not fit", async () => {
  const connectionString = "mongodb://127.0.0.1:1/";
  expectMisconfigured(await failureOf({ connectionString, database: undefined }), 'Add the "database"');
  for (const startAt of ["yesterday", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"])
    expectMisconfigured(
      await failureOf({ connectionString, startAt }),
      `"startAt" of source "mongo" is "${startAt}"`,
      "2026-01-31T12:00:00Z",
    );
});

test.each(["fullDocument", "fullDocumentBeforeChange"])("a document whose %s is required and missing", async (image) => {
  await using mongo = await openMongo();
  const orders = mongo.collection("orders");
  await orders.insertOne({ _id: 1 });
  await orders.updateOne({ _id: 1 }, { $set: { a: 1 } });
  const error = await failureOf({ connectionString: mongo.peer.url, startAt: "2020-01-01T00:00:00Z", [image]: "required" });
  expectMisconfigured(error, "changeStreamPreAndPostImages", '"whenAvailable"');
});

test("an event that is too large is asked for in fragments only where the server has them", async () => {
  for (const [maxWireVersion, splitLargeEvents] of [
    [17, undefined],
    [21, false],
  ] as const) {
    await using mongo = await openMongo({ maxWireVersion, largestEvent: 500 });
    await mongo.collection("orders").insertOne({ _id: 1, text: "t".repeat(500) });
    const options = { startAt: "2020-01-01T00:00:00Z", ...(splitLargeEvents === undefined ? {} : { splitLargeEvents }) };
    expectMisconfigured(await failureOf({ connectionString: mongo.peer.url, ...options }), "larger than 16 MB", '"splitLargeEvents": true');
    expect(await readEvents(mongo.source({ splitLargeEvents: true }), 1)).toHaveLength(1);
  }
});

test.each([
  [40324, '"splitLargeEvents": false'],
  [40415, "MongoDB 6.0"],
])("a server that is too old (%d)", async (errorCode, remedy) => {
  await using mongo = await openMongo();
  await mongo.fail("aggregate", { errorCode }, 2);
  expectMisconfigured(await failureOf({ connectionString: mongo.peer.url }), remedy);
});

test("says what it can send as it is configured", () => {
  expect(mongodbSends()).toEqual({ operations: ["insert", "update", "replace", "delete"], before: false });
  expect(mongodbSends({ fullDocumentBeforeChange: "whenAvailable" })).toMatchObject({ before: true });
});

test("collections of the server's own are not told of", async () => {
  await using mongo = await openMongo();
  await mongo.client.db("admin").collection("users").insertOne({ a: 1 });
  await mongo.shop.collection("system.views").insertOne({ a: 1 });
  await mongo.shop.collection("orders").insertOne({ a: 1 });
  expect(await readEvents(sourceOf(mongo.peer, {}), 1)).toMatchObject([{ database: "shop", collection: "orders" }]);
});
