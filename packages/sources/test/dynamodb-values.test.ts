import { afterAll, beforeAll, expect, test } from "vitest";
import { Decimal } from "@backstitch/core/values";
import { startDynamoDb, type LocalDynamoDb } from "@backstitch/sandbox/dynamodb";
import { dynamoDbSource } from "@backstitch/sources/dynamodb";
import { Journal } from "./support/dynamodb-peer.ts";
import { createTable, KEYS } from "./support/dynamodb-table.ts";

let server: LocalDynamoDb;
beforeAll(async () => {
  server = await startDynamoDb();
});
afterAll(() => server.stop());

const DIGITS = "12345678901234567890123456789012345678";

test("every type of value comes whole: numbers with all of their 38 digits, binary as base64, sets as lists", async () => {
  const table = await createTable(server.url);
  await table.put({
    id: { N: "1" },
    whole: { N: DIGITS },
    part: { N: `0.${DIGITS}` },
    safe: { N: "42" },
    text: { S: "日本 🎉" },
    bytes: { B: Buffer.from([0, 1, 254, 255]) },
    yes: { BOOL: true },
    nothing: { NULL: true },
    list: { L: [{ N: DIGITS }, { M: { deep: { B: Buffer.from("x") } } }] },
    numbers: { NS: [DIGITS] },
    blobs: { BS: [Buffer.from("x")] },
    words: { SS: ["one"] },
  });
  const journal = new Journal();
  await journal.read(sourceOf(table.name), () => journal.events.length === 1);
  expect(journal.events[0]?.after).toEqual({
    id: 1,
    whole: BigInt(DIGITS),
    part: Decimal.parse(`0.${DIGITS}`),
    safe: 42,
    text: "日本 🎉",
    bytes: "AAH+/w==",
    yes: true,
    nothing: null,
    list: [BigInt(DIGITS), { deep: "eA==" }],
    numbers: [BigInt(DIGITS)],
    blobs: ["eA=="],
    words: ["one"],
  });
  await table.drop();
});

test("an update tells what changed, and what the row was", async () => {
  const table = await createTable(server.url);
  await table.put({ id: { N: "1" }, name: { S: "one" }, price: { N: "12.50" } });
  await table.put({ id: { N: "1" }, name: { S: "one" }, price: { N: "13" } });
  const journal = new Journal();
  await journal.read(sourceOf(table.name), () => journal.events.length === 2);
  expect(journal.events[1]).toMatchObject({
    operation: "update",
    before: { id: 1, name: "one", price: 12.5 },
    changed: ["price"],
    collection: table.name,
  });
  await table.drop();
});

test("a stream of keys alone leaves the rest of the row undecided", async () => {
  const table = await createTable(server.url, "KEYS_ONLY");
  await table.put({ id: { N: "1" }, name: { S: "one" } });
  const journal = new Journal();
  await journal.read(sourceOf(table.name), () => journal.events.length === 1);
  expect(journal.events[0]).toMatchObject({ operation: "insert", after: { id: 1 }, unsent: ["*"], changed: undefined });
  await table.drop();
});

test("a stream that was switched off stops the source, and its table's new one is found", async () => {
  const table = await createTable(server.url);
  await table.stream(undefined);
  await expect(new Journal().read(sourceOf(table.name), () => false)).rejects.toThrow(/has no stream.*aws dynamodb update-table/);
  await table.stream("NEW_AND_OLD_IMAGES");
  await table.put({ id: { N: "1" } });
  const journal = new Journal();
  await journal.read(sourceOf(table.name), () => journal.events.length === 1);
  await table.drop();
});

function sourceOf(table: string): ReturnType<typeof dynamoDbSource> {
  return dynamoDbSource({ ...KEYS, name: "shop", table, endpoint: server.url, region: "eu-central-1", startAt: "trim-horizon" });
}
