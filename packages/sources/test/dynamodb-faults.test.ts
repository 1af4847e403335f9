import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DynamoDbStreamsPeer } from "@backstitch/sandbox";
import { PositionLost, SourceMisconfigured } from "@backstitch/core/source";
import { dynamoDbSource } from "@backstitch/sources/dynamodb";
import { Journal, openPeer, peerSource, put } from "./support/dynamodb-peer.ts";
import { KEYS } from "./support/dynamodb-table.ts";

let peer: DynamoDbStreamsPeer;
let journal: Journal;
beforeEach(async () => {
  peer = await openPeer();
  journal = new Journal();
  put(peer, 1, "one");
});
afterEach(() => peer.close());

const never = (): boolean => false;
const one = (): boolean => journal.events.length === 1;

/** Keeps what the source wanted to wait. */
function sleeper(): { readonly pauses: number[]; readonly sleep: (ms: number) => Promise<void> } {
  const pauses: number[] = [];
  return {
    pauses,
    async sleep(ms) {
      await turn();
      pauses.push(ms);
    },
  };
}

describe("what may pass", () => {
  test.each(["LimitExceededException", "ThrottlingException", "ProvisionedThroughputExceededException"])(
    "%s is waited out in every call, with pauses that grow",
    async (code) => {
      const operations = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"];
      for (const operation of operations) peer.refuse(operation, code, 3);
      const { pauses, sleep } = sleeper();
      await journal.read(peerSource(peer, { sleep }), one);
      const waited = pauses.filter((ms) => ms > 250 && ms <= 1_000);
      expect(waited.slice(0, 8)).toEqual([500, 1_000, 500, 1_000, 500, 1_000, 500, 1_000]);
    },
  );

  test.each([
    { kind: "status", status: 500 },
    { kind: "status", status: 503 },
    { kind: "reset-before" },
    { kind: "lost-response" },
    { kind: "malformed" },
  ] as const)("$kind $status", async (fault) => {
    peer.misbehave(fault, 3);
    await journal.read(peerSource(peer), one);
    expect(journal.names).toEqual(["one"]);
  });

  test("a server that is silent counts as one that failed", async () => {
    peer.misbehave({ kind: "slow", delayMs: 60_000 }, 1);
    await journal.read(peerSource(peer, { silenceMs: 100 }), one);
  });

  test("goes to the runtime where it lasts, without the vendor's words", async () => {
    peer.refuse("GetRecords", "ThrottlingException", 100);
    const reading = journal.read(peerSource(peer), never);
    await expect(reading).rejects.toThrow(/^GetRecords: DynamoDB Streams answered 400 ThrottlingException\.$/);
    await expect(reading).rejects.not.toBeInstanceOf(SourceMisconfigured);
  });

  test("does not keep a source that is to stop", async () => {
    peer.refuse("GetRecords", "ThrottlingException", 100);
    const stop = new AbortController();
    const sleep = async (): Promise<void> => stop.abort();
    await peerSource(peer, { sleep }).read(new Map(), async (batch) => journal.take(batch), stop.signal);
    expect(journal.events).toEqual([]);
  });
});

describe("an iterator", () => {
  test("that has expired is opened again where the journal is", async () => {
    await journal.read(peerSource(peer), () => {
      if (journal.events.length > 0) peer.expireIterators();
      if (journal.events.length < 5) put(peer, 1, `more ${journal.events.length}`);
      return journal.events.length === 5;
    });
    expect(new Set(journal.events.map(({ id }) => id)).size).toBe(5);
  });

  test("that has expired again and again is opened as often", async () => {
    peer.refuse("GetRecords", "ExpiredIteratorException", 5);
    await journal.read(peerSource(peer), one);
  });

  // DynamoDB Local says so of a stream that had no records: https://github.com/aws/aws-sdk-java/issues/2923
  test("that is said to stand before the horizon once is opened again, and nothing is lost", async () => {
    peer.refuse("GetRecords", "TrimmedDataAccessException", 1);
    await journal.read(peerSource(peer), one);
  });

  test("that is said so again has lost what was before the horizon", async () => {
    await journal.read(peerSource(peer), one);
    peer.refuse("GetRecords", "TrimmedDataAccessException", 2);
    await expect(journal.read(peerSource(peer), never)).rejects.toBeInstanceOf(PositionLost);
  });
});

describe("what a person must mend", () => {
  test.each(["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"])(
    "a missing permission of %s names what is needed",
    async (call) => {
      peer.refuse(call, "AccessDeniedException", 1);
      const reading = journal.read(peerSource(peer), never);
      await expect(reading).rejects.toBeInstanceOf(SourceMisconfigured);
      await expect(reading).rejects.toThrow(new RegExp(`may not call ${call}: let its credentials use dynamodb:DescribeStream`));
    },
  );

  test("keys that AWS does not know are not repeated", async () => {
    const reading = journal.read(peerSource(peer, { accessKeyId: "AKIDOTHER", secretAccessKey: "correct-horse" }), never);
    await expect(reading).rejects.toBeInstanceOf(SourceMisconfigured);
    await expect(reading).rejects.toThrow(/UnrecognizedClientException/);
    await expect(reading).rejects.not.toThrow(/AKIDOTHER|correct-horse/);
  });

  test("a clock that is off, of which AWS says that the signature is wrong", async () => {
    peer.refuse("ListStreams", "InvalidSignatureException", 1);
    const reading = journal.read(peerSource(peer), never);
    await expect(reading).rejects.toBeInstanceOf(SourceMisconfigured);
    await expect(reading).rejects.toThrow(/InvalidSignatureException.*set this machine's clock/);
  });

  test("half of a key pair", async () => {
    const source = dynamoDbSource({ name: "shop", table: "item", region: "eu-central-1", accessKeyId: KEYS.accessKeyId });
    await expect(journal.read(source, never)).rejects.toThrow('Source "shop": "secretAccessKey" is missing. Give both keys, or neither.');
  });

  test("an ARN that is none", async () => {
    await expect(journal.read(peerSource(peer, { streamArn: "arn:aws:dynamodb:x" }), never)).rejects.toThrow(
      /is not the ARN of a DynamoDB stream/,
    );
  });

  test("a table without a stream", async () => {
    await expect(journal.read(peerSource(peer, { table: "items" }), never)).rejects.toThrow(/the table "items" has no stream/);
  });
});

test("credentials that have expired may be renewed: the runtime tries again", async () => {
  peer.refuse("GetRecords", "ExpiredTokenException", 1);
  const reading = journal.read(peerSource(peer), never);
  await expect(reading).rejects.toThrow(/No usable AWS credentials were found \(ExpiredTokenException\)/);
  await expect(reading).rejects.not.toBeInstanceOf(SourceMisconfigured);
});

test("a record that cannot be read is handed over with its bytes, and the rest goes on", async () => {
  const Keys = { id: { N: "7" } };
  peer.write({ eventName: "INSERT", Keys, NewImage: { ...Keys, price: { N: "hunter2" } } });
  peer.write({ eventName: "INSERT", Keys, NewImage: { ...Keys, blob: { Q: "hunter2" } } });
  put(peer, 8, "after");
  await journal.read(peerSource(peer), () => journal.events.length === 2);
  expect(journal.names).toEqual(["one", "after"]);
  const unreadable = journal.batches.flatMap(({ unreadable = [] }) => unreadable);
  expect(unreadable.map(({ raw }) => JSON.parse(Buffer.from(raw).toString()) as unknown)).toMatchObject([
    { eventName: "INSERT", eventSourceARN: peer.arn, dynamodb: { Keys, NewImage: { price: { N: "hunter2" } } } },
    { dynamodb: { NewImage: { blob: { Q: "hunter2" } } } },
  ]);
  expect(unreadable.map(({ reason }) => reason).join()).not.toContain("hunter2");
  const again = new Journal();
  await again.read(peerSource(peer), () => again.events.length === 2);
  expect(again.batches.flatMap(({ unreadable = [] }) => unreadable.map(({ id }) => id))).toEqual(unreadable.map(({ id }) => id));
  expect(new Set([...unreadable, ...journal.events].map(({ id }) => id)).size).toBe(4);
});

describe("the pace", () => {
  test("is five pages a second of a shard that has more", async () => {
    for (let count = 0; count < 5; count += 1) put(peer, 1, `more ${count}`);
    const { pauses, sleep } = sleeper();
    await journal.read(peerSource(peer, { batch: { events: 1 }, sleep, clock: () => 0 }), () => journal.events.length === 6);
    expect(pauses.filter((ms) => ms < 60_000).slice(0, 5)).toEqual([200, 200, 200, 200, 200]);
  });

  test("slows down where nothing comes, as far as it is told", async () => {
    const stop = new AbortController();
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      await turn();
      if (ms < 60_000) pauses.push(ms);
      if (pauses.length === 7) stop.abort();
    };
    await peerSource(peer, { sleep, pollMs: 2_000, clock: () => 0 }).read(new Map(), async (batch) => journal.take(batch), stop.signal);
    expect(pauses.slice(1, 6)).toEqual([250, 500, 1_000, 2_000, 2_000]);
  });
});
