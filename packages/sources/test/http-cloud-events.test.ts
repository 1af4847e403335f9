import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { posting } from "./support/posting.ts";

const STRUCTURED = { "content-type": "application/cloudevents+json; charset=utf-8" };
const change = { type: "INSERT", table: "item", schema: "public", record: { id: 1, name: "é" }, old_record: null };
const event = { specversion: "1.0", id: "7", source: "/shop", type: "row.changed", data: change };

test("structured: the data is the record, source and id are its id where the shape has none", async () => {
  await using source = await posting({ accepts: "supabase" });
  expect((await source.post(event, STRUCTURED)).body).toMatchObject({ events: 1 });
  expect(source.batches[0]?.events[0]).toMatchObject({ id: "/shop/7", collection: "item", after: { name: "é" } });
});

test.each([
  ["as base64", { data_base64: Buffer.from(JSON.stringify(change)).toString("base64") }],
  ["as text", { data: JSON.stringify(change), datacontenttype: "text/plain" }],
])("structured: the data %s", async (_, data) => {
  await using source = await posting({ accepts: "supabase" });
  await source.post({ ...event, data: undefined, ...data }, STRUCTURED);
  expect(source.batches[0]?.events[0]).toMatchObject({ after: { id: 1, name: "é" } });
});

test("batched: each has its own id, and its own fault", async () => {
  await using source = await posting({ accepts: "supabase" });
  const batch = [
    event,
    { ...event, id: "8" },
    { ...event, specversion: "0.3" },
    { ...event, id: "9", data: 5 },
    { ...event, id: undefined },
  ];
  expect((await source.post(batch, { "content-type": "application/cloudevents-batch+json" })).body).toEqual({
    events: 2,
    unreadable: 3,
    ignored: 0,
  });
  expect(source.batches[0]?.events.map(({ id }) => id)).toEqual(["/shop/7", "/shop/8"]);
  expect(source.batches[0]?.unreadable?.map(({ reason }) => reason)).toEqual([
    '"specversion" of the CloudEvent must be "1.0".',
    "The record is not an object.",
    'The record has no text "id".',
  ]);
});

test("binary: attributes are headers", async () => {
  await using source = await posting({ accepts: "supabase" });
  await source.post(change, { "ce-specversion": "1.0", "ce-id": "7%208", "ce-source": "/shop", "ce-type": "row.changed" });
  expect(source.batches[0]?.events[0]?.id).toBe("/shop/7 8");
});

test("data of several records: each has a number", async () => {
  await using source = await posting({ accepts: "supabase" });
  await source.post({ ...event, data: [change, change] }, STRUCTURED);
  expect(source.batches[0]?.events.map(({ id }) => id)).toEqual(["/shop/7/0", "/shop/7/1"]);
});

test("Debezium's own CloudEvents, whose source is in attributes, are the same changes as its messages", async () => {
  const message = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/debezium/sold.json"), "utf8")) as {
    schema: { fields: readonly object[] };
    payload: Record<string, unknown>;
  };
  const {
    before,
    after,
    source: from,
    op,
  } = message.payload as { before: unknown; after: unknown; op: string; source: Record<string, string | number | null> };
  const attributes = Object.entries(from).map(([name, value]) => [
    `iodebezium${name.replaceAll("_", "").toLowerCase()}`,
    value === null ? null : String(value),
  ]);
  const cloudEvent = {
    id: "name:shop;lsn:24023228;txId:556",
    source: "/debezium/postgresql/shop",
    specversion: "1.0",
    type: "io.debezium.connector.postgresql.DataChangeEvent",
    time: "2026-01-31T12:35:01.000Z",
    datacontenttype: "application/json",
    iodebeziumop: op,
    ...Object.fromEntries(attributes),
    data: { schema: { type: "struct", fields: message.schema.fields.slice(0, 2) }, payload: { before, after } },
  };
  await using source = await posting({ accepts: "debezium" });
  await source.post(message);
  await source.post(cloudEvent, STRUCTURED);
  const [plain, carried] = source.batches.map(({ events }) => events[0]);
  expect(carried).toEqual(plain);
  expect(carried).toMatchObject({ operation: "update", changed: ["quantity"] });
});
