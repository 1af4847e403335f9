import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDbStreamsPeer } from "@backstitch/sandbox";
import { dynamoDbSource } from "@backstitch/sources/dynamodb";
import { Journal, openPeer, peerSource, put } from "./support/dynamodb-peer.ts";

const HOUR = 60 * 60 * 1_000;

let now: number;
let peer: DynamoDbStreamsPeer;
const clock = (): number => now;
beforeEach(async () => {
  now = Date.parse("2026-05-20T08:00:00Z");
  peer = await openPeer({ shards: 2, clock });
});
afterEach(() => peer.close());

const started = (journal: Journal) => (): boolean => journal.positions.get("stream")?.startsWith("started@") === true;
const latest = (): ReturnType<typeof peerSource> => peerSource(peer, { startAt: "latest", clock });

describe("a first start with what changes from now on", () => {
  beforeEach(() => {
    put(peer, 1, "an hour before");
    const [first = ""] = peer.openShards();
    peer.split(first);
    now += HOUR;
  });

  test("is what happens where nothing else is configured", async () => {
    const source = dynamoDbSource({
      name: "shop",
      table: "item",
      endpoint: peer.url,
      region: "eu-central-1",
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "hunter2",
      clock,
    });
    const journal = new Journal();
    await journal.read(source, started(journal));
    expect([...journal.positions.values()].filter((position) => /^since@2026-05-20T08:5[45]/.test(position))).toHaveLength(4);
  });

  test("records where every shard begins before it reads", async () => {
    const journal = new Journal();
    await journal.read(latest(), started(journal));
    expect(journal.batches.map(({ partition }) => partition)).toEqual([
      "stream",
      ...Array.from({ length: 4 }, () => expect.stringContaining("shardId")),
      "stream",
    ]);
    expect(peer.calls().filter(({ operation }) => operation === "GetRecords")).toEqual([]);
  });

  test("sends what changes once all is recorded, and nothing from before", async () => {
    const journal = new Journal();
    await journal.read(latest(), () => {
      if (started(journal)() && journal.events.length === 0) for (let id = 1; id <= 5; id += 1) put(peer, id, `after ${id}`);
      return journal.events.length === 5;
    });
    expect(journal.names.toSorted()).toEqual(["after 1", "after 2", "after 3", "after 4", "after 5"]);
  });

  // A crash after each of the batches of the first start: the marker, four shards, the marker again.
  test.each([1, 2, 3, 4, 5, 6])("loses nothing that came after batch %i of it, where the process ended there", async (batches) => {
    const journal = new Journal();
    await journal.read(latest(), () => journal.batches.length === batches);
    now += HOUR;
    for (let id = 1; id <= 5; id += 1) put(peer, id, `meanwhile ${id}`);
    for (const shard of peer.openShards()) peer.split(shard);
    now += HOUR;
    await journal.read(latest(), () => journal.events.length === 5);
    expect(journal.names.toSorted()).toEqual([1, 2, 3, 4, 5].map((id) => `meanwhile ${id}`));
  });
});

test("a first start from the trim horizon sends what the stream still has, and goes on where it was cut short", async () => {
  for (let id = 1; id <= 12; id += 1) put(peer, id, `row ${id}`);
  for (const shard of peer.openShards()) peer.trim(shard, 2);
  const journal = new Journal();
  await journal.read(peerSource(peer, { clock }), () => journal.batches.length === 2);
  await journal.read(peerSource(peer, { clock }), () => journal.events.length === 4);
  expect(journal.codes).toEqual([]);
});

test("a shard whose end was read stays read, also where it is listed again", async () => {
  put(peer, 1, "one");
  for (const shard of peer.openShards()) peer.split(shard, 1);
  const journal = new Journal();
  await journal.read(
    peerSource(peer),
    () => [...journal.positions.values()].filter((position) => position.startsWith("end@")).length === 2,
  );
  const before = peer.calls().length;
  put(peer, 1, "two");
  await journal.read(peerSource(peer), () => journal.events.length === 2);
  expect(journal.names).toEqual(["one", "two"]);
  const opened = peer
    .calls()
    .slice(before)
    .flatMap(({ input }) => (typeof input["ShardId"] === "string" ? [input["ShardId"]] : []));
  expect([...new Set(opened)].toSorted()).toEqual(peer.openShards().toSorted());
});

test.each([
  [{}, /needs either "table" or "streamArn"/],
  [{ table: "item", streamArn: "arn:aws:dynamodb:eu-central-1:1:table/item/stream/1" }, /and not both/],
])("%j is refused", (config, message) => {
  expect(() => dynamoDbSource({ name: "shop", ...config })).toThrow(message);
});
