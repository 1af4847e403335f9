import { describe, expect, test } from "vitest";
import { createBatches, type Batches } from "../src/postgres/batches.ts";
import { createDecoder } from "../src/postgres/decoder.ts";
import { createFrames, type Frames } from "../src/postgres/frames.ts";
import { createIntake } from "../src/postgres/intake.ts";
import { createSpool } from "../src/postgres/spool.ts";
import { MalformedMessage } from "../src/postgres/pgoutput.ts";
import { cell, frame, int, RELATION, tuple } from "./support/messages.ts";

describe("a stream of messages", () => {
  const data = (message: Buffer, lsn = 5): Buffer =>
    frame(Buffer.concat([Buffer.from("w"), int(0, 4), int(lsn, 4), Buffer.alloc(16), message]));
  const keepalive = (end: number): Buffer => frame(Buffer.concat([Buffer.from("k"), int(0, 4), int(end, 4), Buffer.alloc(9)]));
  const [begin, insert, commit] = [
    Buffer.concat([Buffer.from("B"), int(0, 4), int(9, 4), Buffer.alloc(12)]),
    Buffer.concat([Buffer.from("I"), int(7, 4), tuple("N", cell("1"))]),
    Buffer.concat([Buffer.from("C\0"), Buffer.alloc(8), int(0, 4), int(12, 4), Buffer.alloc(8)]),
  ];

  function opened(): { readonly intake: Frames; readonly batches: Batches; readonly failures: unknown[] } {
    const failures: unknown[] = [];
    const batches = createBatches({ source: "shop", system: "1", timeline: 1, from: undefined, at: 1n, most: { events: 2, bytes: 1000 } });
    const decoder = createDecoder({ source: "shop", system: "1", database: "db", resume: undefined });
    const onFailure = (error: unknown): void => void failures.push(error);
    const intake = createIntake({
      decoder,
      batches,
      spool: createSpool(100),
      snapshots: { saw: () => undefined, sawTruncated: () => undefined, told: () => undefined },
      primaryKeyOf: async () => ["id"],
      onAsked: () => undefined,
      onResumed: () => frames.goOn(),
      onFailure,
    });
    const frames = createFrames({ onData: intake.take, onOther: () => undefined });
    return { batches, failures, intake: frames };
  }

  test("a keepalive inside a transaction moves nothing", () => {
    const { intake, batches } = opened();
    for (const chunk of [data(begin), data(RELATION), data(insert), keepalive(100)]) intake.take(chunk);
    expect([batches.take(), batches.takeHeartbeat()]).toEqual([undefined, undefined]);
    intake.take(data(commit));
    expect(batches.take()).toMatchObject({ acknowledges: 12n, batch: { to: "1:1:0/C", events: [{ key: { id: 1 } }] } });
    intake.take(keepalive(100));
    expect(batches.takeHeartbeat()).toMatchObject({ acknowledges: 100n, batch: { from: "1:1:0/C", to: "1:1:0/64", events: [] } });
  });

  test("a batch that ends inside a transaction acknowledges the commit before it", () => {
    const { intake, batches } = opened();
    for (const chunk of [
      data(begin),
      data(RELATION),
      data(insert),
      data(commit),
      data(begin),
      data(insert, 20),
      data(insert, 20),
      data(insert, 21),
    ])
      intake.take(chunk);
    intake.goOn();
    expect(batches.take()).toMatchObject({ acknowledges: 12n, batch: { to: "1:1:0/9:0/14:0", events: [{}, {}] } });
    expect(batches.take()).toBeUndefined();
  });

  test("whole commits do not wait for the transaction that follows", () => {
    const { intake, batches } = opened();
    for (const chunk of [data(begin), data(RELATION), data(insert), data(commit), data(begin), data(insert, 20)]) intake.take(chunk);
    expect(batches.take()).toMatchObject({ acknowledges: 12n, batch: { to: "1:1:0/C", events: [{}] } });
  });

  test("what comes while a key is looked up waits, in order", async () => {
    const { intake, batches } = opened();
    const full = Buffer.from(RELATION);
    full[full.indexOf("item") + 5] = "f".charCodeAt(0);
    for (const chunk of [data(begin), data(full), data(insert, 20), data(insert, 21), data(commit)]) intake.take(chunk);
    expect(batches.take()).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches.take()?.batch.events.map(({ id, key }) => [id, key])).toEqual([
      ["1/9/0/14/0", { id: 1 }],
      ["1/9/0/15/0", { id: 1 }],
    ]);
  });

  describe("of which some are of a transaction that has not ended", () => {
    const streamed = (message: Buffer): Buffer => Buffer.concat([message.subarray(0, 1), int(5, 4), message.subarray(1)]);
    const [start, stop] = [Buffer.concat([Buffer.from("S"), int(5, 4), int(1, 1)]), Buffer.from("E")];
    const ended = Buffer.concat([Buffer.from("c"), int(5, 4), int(0, 5), int(30, 4), int(0, 4), int(31, 4), Buffer.alloc(8)]);

    test("a keepalive between them moves nothing, and one after them moves on past them", () => {
      const { intake, batches } = opened();
      for (const chunk of [data(start), data(streamed(RELATION)), keepalive(100)]) intake.take(chunk);
      expect(batches.takeHeartbeat()).toBeUndefined();
      for (const chunk of [data(streamed(insert)), data(stop), keepalive(200)]) intake.take(chunk);
      expect([batches.take(), batches.takeHeartbeat()]).toMatchObject([undefined, { acknowledges: 200n }]);
    });

    test("how a table is described in it holds afterwards, but where it was described since", () => {
      const { intake, batches, failures } = opened();
      const renamed = Buffer.from(RELATION);
      renamed.write("no", renamed.indexOf("id"));
      const keys: unknown[] = [];
      for (const message of [
        [start, streamed(RELATION), streamed(insert), stop],
        [begin, renamed, insert, commit],
        [ended],
        [begin, insert, commit],
        [start, streamed(RELATION), streamed(insert), stop],
        [ended],
        [begin, insert, commit],
      ].flat()) {
        intake.take(data(message, 20));
        keys.push(...(batches.take()?.batch.events ?? []).map(({ key }) => key));
      }
      expect({ keys, failures }).toEqual({ keys: [{ no: 1 }, { id: 1 }, { no: 1 }, { id: 1 }, { id: 1 }], failures: [] });
    });
  });

  test.each([
    ["a row of a table that was not described", [begin, insert]],
    ["a row outside a transaction", [RELATION, insert]],
    ["a message of another protocol", [Buffer.from("X....")]],
  ])("%s fails once, and nothing after it is read", (_name, messages) => {
    const { intake, batches, failures } = opened();
    for (const message of [...messages, begin, RELATION, insert, commit]) intake.take(data(message));
    expect(failures).toEqual([expect.any(MalformedMessage)]);
    expect(batches.take()).toBeUndefined();
  });
});
