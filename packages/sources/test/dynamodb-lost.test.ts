import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDbStreamsPeer } from "@backstitch/sandbox";
import { PositionLost, SourceMisconfigured } from "@backstitch/core/source";
import type { DynamoDbSourceOptions } from "@backstitch/sources/dynamodb";
import { Journal, openPeer, peerSource, put, turns } from "./support/dynamodb-peer.ts";

const HOUR = 60 * 60 * 1_000;

let now: number;
let peer: DynamoDbStreamsPeer;
let journal: Journal;
const clock = (): number => now;
const source = (options: Partial<DynamoDbSourceOptions> = {}): ReturnType<typeof peerSource> => peerSource(peer, { clock, ...options });
const shard = (): string => peer.openShards()[0] ?? "";
const never = (): boolean => false;
const names =
  (...wanted: string[]) =>
  (): boolean =>
    JSON.stringify(journal.names) === JSON.stringify(wanted);

beforeEach(async () => {
  now = Date.parse("2026-05-20T08:00:00Z");
  peer = await openPeer({ clock });
  journal = new Journal();
  put(peer, 1, "read");
  await journal.read(source(), names("read"));
});
afterEach(() => peer.close());

/** What happens while nobody reads, and whether what is gone was the rest of a shard or the whole of one. */
const losses: readonly (readonly [string, () => void])[] = [
  [
    "the last record that was read is gone, and more after it",
    () => {
      put(peer, 1, "gone");
      peer.trim(shard());
      put(peer, 1, "there");
    },
  ],
  [
    "the shard is gone, and the one after it is there",
    () => {
      const old = shard();
      put(peer, 1, "gone");
      peer.split(old, 1);
      peer.forget(old);
      put(peer, 1, "there");
    },
  ],
  [
    "the shard is gone, and the one after it",
    () => {
      for (let count = 0; count < 2; count += 1) {
        const old = shard();
        put(peer, 1, "gone");
        peer.split(old, 1);
        peer.forget(old);
      }
      put(peer, 1, "there");
    },
  ],
];

describe.each(losses)("where %s", (_what, happen) => {
  beforeEach(() => {
    now += 30 * HOUR;
    happen();
  });

  test("the source stops, and says what to do", async () => {
    const reading = journal.read(source(), never);
    await expect(reading).rejects.toBeInstanceOf(PositionLost);
    await expect(reading).rejects.toThrow(/24 hours.*"onLost": "go-on"/);
    expect(journal.names).toEqual(["read"]);
  });

  test("or it records the gap, once, and goes on with what there is", async () => {
    await journal.read(source({ onLost: "go-on" }), names("read", "there"));
    const gaps = journal.codes.length;
    expect(journal.codes).toEqual(Array.from({ length: gaps }, () => "CHANGES_LOST"));
    expect(gaps).toBeGreaterThan(0);
    put(peer, 1, "later");
    await journal.read(source({ onLost: "go-on" }), names("read", "there", "later"));
    expect(journal.codes).toHaveLength(gaps);
  });
});

test("what two sources have lost at one place is in a dead letter of each", async () => {
  peer.switchOff();
  peer.switchOn();
  peer.removeStreams(1);
  const ids: unknown[] = [];
  for (const name of ["shop", "other"]) {
    const own = new Journal(journal.positions);
    await own.read(source({ name, onLost: "go-on" }), () => own.codes.length > 0);
    ids.push(...own.batches.flatMap(({ unreadable = [] }) => unreadable.map(({ id }) => id)));
  }
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});

test("a shard that follows one that was read to its end, and was trimmed before it was read, is noticed by its age", async () => {
  peer.split(shard(), 1);
  await journal.read(source(), ({ to }) => to.startsWith("end@"));
  put(peer, 1, "gone");
  peer.trim(shard());
  put(peer, 1, "there");
  now += 30 * HOUR;
  await expect(journal.read(source(), never)).rejects.toBeInstanceOf(PositionLost);
  await journal.read(source({ onLost: "go-on" }), names("read", "there"));
  expect(journal.codes).toEqual(["CHANGES_LOST"]);
});

test("shards between one that was read to its end and one that is there are missed", async () => {
  peer.split(shard(), 1);
  await journal.read(source(), ({ to }) => to.startsWith("end@"));
  const between = shard();
  put(peer, 1, "gone");
  peer.split(between, 1);
  peer.forget(between);
  await expect(journal.read(source(), never)).rejects.toBeInstanceOf(PositionLost);
});

test("a quiet table loses nothing: a shard that follows others is read however old the last record is", async () => {
  let naps = 0;
  let rolls = 0;
  const sleep = async (): Promise<void> => {
    await turn();
    if ((naps += 1) % 30 > 0 || rolls === 12) return;
    now += 4 * HOUR;
    peer.split(shard(), 1);
    rolls += 1;
  };
  await journal.read(
    source({ sleep }),
    () => [...journal.positions.values()].filter((position) => position.startsWith("end@")).length === 12,
  );
  now += 4 * HOUR;
  put(peer, 1, "at last");
  await journal.read(source(), names("read", "at last"));
  expect(journal.codes).toEqual([]);
});

describe("a stream that was switched off", () => {
  test("is read to its end; then the source stops and says what to do", async () => {
    put(peer, 1, "last");
    peer.switchOff();
    const reading = journal.read(source(), never);
    await expect(reading).rejects.toBeInstanceOf(SourceMisconfigured);
    await expect(reading).rejects.toThrow(/was switched off, and all that it had was read.*aws dynamodb update-table --table-name item/);
    expect(journal.names).toEqual(["read", "last"]);
  });

  test("named by its ARN asks for the new one's", async () => {
    const streamArn = peer.arn;
    peer.switchOff();
    await expect(journal.read(source({ streamArn }), never)).rejects.toThrow(/put the new stream's ARN in "streamArn"/);
  });

  test("and on again is another: the old one is read to its end, and what is between them is lost", async () => {
    put(peer, 1, "last");
    peer.switchOff();
    peer.switchOn();
    put(peer, 1, "new");
    await expect(journal.read(source(), never)).rejects.toThrow(/the stream was replaced by .*"onLost": "go-on"/);
    expect(journal.names).toEqual(["read", "last"]);
    await journal.read(source({ onLost: "go-on" }), names("read", "last", "new"));
    expect(journal.codes).toEqual(["CHANGES_LOST"]);
    put(peer, 1, "newer");
    await journal.read(source(), names("read", "last", "new", "newer"));
  });

  test("and on again, and is gone itself by then, is another, too", async () => {
    put(peer, 1, "gone");
    peer.switchOff();
    peer.switchOn();
    peer.removeStreams(1);
    put(peer, 1, "new");
    const reading = journal.read(source(), never);
    await expect(reading).rejects.toBeInstanceOf(PositionLost);
    await expect(reading).rejects.toThrow(/the stream was replaced by/);
    await journal.read(source({ onLost: "go-on" }), names("read", "new"));
    expect(journal.codes).toEqual(["CHANGES_LOST"]);
  });

  test.each([
    ["its ARN", () => ({ streamArn: peer.arn }), /is gone: it was switched off/],
    ["its table", () => ({}), /the table "item" has no stream/],
  ])("and is gone while it is read, by %s, stops the source, too", async (_named, options, said) => {
    const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
      await turns(ms, signal);
      peer.removeStreams();
    };
    const reading = journal.read(source({ ...options(), sleep }), never);
    await expect(reading).rejects.toBeInstanceOf(SourceMisconfigured);
    await expect(reading).rejects.toThrow(said);
  });

  test("and is gone with its table stops the source", async () => {
    const streamArn = peer.arn;
    peer.removeStreams();
    await expect(journal.read(source({ streamArn }), never)).rejects.toThrow(
      /is gone: it was switched off more than 24 hours ago, or its table was deleted/,
    );
    await expect(journal.read(source(), never)).rejects.toThrow(/the table "item" has no stream, or there is no such table/);
  });
});

test.each([
  ["stream", "an LSN"],
  ["shard", "after:x@2026-05-20T08:00:00.000Z"],
])("a position of the %s that is none is lost", async (which, text) => {
  const [partition = ""] = [...journal.positions.keys()].filter((name) => name.includes(which));
  journal.positions.set(partition, text);
  await expect(journal.read(source(), never)).rejects.toBeInstanceOf(PositionLost);
});

test("the positions of another table are not gone on from", async () => {
  const streamArn = peer.arn.replace("table/item", "table/other");
  await expect(journal.read(source({ streamArn }), never)).rejects.toThrow(/Give the source another name/);
});

test("also where the stream was switched off, shards that are missed are noticed", async () => {
  peer.split(shard(), 1);
  await journal.read(source(), ({ to }) => to.startsWith("end@"));
  const between = shard();
  peer.split(between, 1);
  peer.forget(between);
  peer.switchOff();
  await expect(journal.read(source(), never)).rejects.toBeInstanceOf(PositionLost);
});

test("a shard whose ancestor is not listed yet waits for it, and nothing is lost", async () => {
  const first = shard();
  put(peer, 1, "parent");
  peer.split(first, 1, 3);
  put(peer, 1, "hidden");
  peer.split(shard(), 1);
  put(peer, 1, "child");
  await journal.read(source(), names("read", "parent", "hidden", "child"));
  expect(journal.codes).toEqual([]);
});
