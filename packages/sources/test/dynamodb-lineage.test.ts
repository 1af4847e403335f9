import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { DynamoDbStreamsPeer } from "@backstitch/sandbox";
import type { Batch, Positions, Source } from "@backstitch/core/source";
import { Journal, openPeer, peerSource, put, turns } from "./support/dynamodb-peer.ts";

/** `STORIES=1000` tells more. */
const RUNS = Number(process.env["STORIES"] ?? 30);

let peer: DynamoDbStreamsPeer;
beforeEach(async () => {
  peer = await openPeer({ shards: 2, shardsPerPage: 2 });
});
afterEach(() => peer.close());

/** One thing that happens to the table while it is read. */
type Step =
  | { readonly kind: "write"; readonly key: number }
  | { readonly kind: "split"; readonly which: number; readonly followers: number; readonly hidden: number }
  | { readonly kind: "expire" };

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("write" as const), key: fc.integer({ min: 1, max: 6 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("split" as const),
        which: fc.nat(7),
        followers: fc.integer({ min: 1, max: 2 }),
        hidden: fc.nat(2),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const) }) },
  ),
  { minLength: 5, maxLength: 60 },
);

const stories = fc.record({
  steps,
  /** After so many steps the first reader starts. */
  before: fc.nat(30),
  /** The journal refuses at each of these batches, as a crash would. */
  crashes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 }),
  limit: fc.integer({ min: 1, max: 4 }),
  /** Which of the first pages are empty, though there are records. */
  empty: fc.array(fc.boolean(), { maxLength: 60 }),
});

test(
  "every change of a key comes once and in order, whatever splits and wherever it is cut short",
  async () => {
    await fc.assert(
      fc.asyncProperty(stories, async ({ steps, before, crashes, limit, empty }) => {
        const pages = [...empty];
        const emptyPage = (): boolean => pages.shift() ?? false;
        const table = await openPeer({ shards: 2, shardsPerPage: 2, emptyPage });
        try {
          await expectTold(table, { steps, before, crashes, limit });
        } finally {
          await table.close();
        }
      }),
      // A smaller story would be looked for until the time is over, and the seed never be told; so it would of one that does not end.
      { numRuns: RUNS, endOnFailure: true, timeout: 25_000 },
    );
  },
  60_000 + RUNS * 2_000,
);

interface Story {
  readonly steps: readonly Step[];
  readonly before: number;
  readonly crashes: readonly number[];
  readonly limit: number;
}

async function expectTold(table: DynamoDbStreamsPeer, { steps, before, crashes, limit }: Story): Promise<void> {
  const written = new Map<number, string[]>();
  const left = [...steps];
  const happen = (): void => {
    const step = left.shift();
    if (step !== undefined) perform(table, step, written);
  };
  for (let count = 0; count < before; count += 1) happen();
  const journal = new Journal();
  for (const after of [...crashes, Infinity]) {
    const stop = new AbortController();
    const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
      await turns(ms, signal);
      happen();
      if (left.length === 0 && journal.events.length === [...written.values()].flat().length) stop.abort();
    };
    await readAndCrash(peerSource(table, { batch: { events: limit }, sleep }), { journal, after, signal: stop.signal });
  }
  for (const [key, names] of written)
    expect(journal.events.filter((event) => event.key?.["id"] === key).map(({ after }) => after?.["name"])).toEqual(names);
  expect(new Set(journal.events.map(({ id }) => id)).size).toBe(journal.events.length);
}

function perform(table: DynamoDbStreamsPeer, step: Step, written: Map<number, string[]>): void {
  if (step.kind === "expire") return table.expireIterators();
  if (step.kind === "split") {
    const open = table.openShards();
    return table.split(open[step.which % open.length] ?? "", step.followers, step.hidden);
  }
  const names = written.get(step.key) ?? [];
  const name = `${step.key}.${names.length}`;
  written.set(step.key, [...names, name]);
  put(table, step.key, name);
}

interface Crash {
  readonly journal: Journal;
  /** So many batches are taken. */
  readonly after: number;
  readonly signal: AbortSignal;
}

async function readAndCrash(source: Source, { journal, after, signal }: Crash): Promise<void> {
  const crash = new Error("The journal is gone.");
  let count = 0;
  const accept = async (batch: Batch): Promise<void> => {
    await turn();
    if ((count += 1) > after) throw crash;
    journal.take(batch);
  };
  await source.read(new Map(journal.positions), accept, signal).catch((error: unknown) => {
    if (error !== crash) throw error;
  });
}

test("what follows a shard is not asked for before that shard's end is in the journal", async () => {
  const [first = ""] = peer.openShards();
  for (let index = 0; index < 40; index += 1) put(peer, index, `early ${index}`);
  peer.split(first);
  const children = peer.openShards().slice(-2);
  for (let index = 0; index < 40; index += 1) put(peer, index, `late ${index}`);
  const journal = new Journal();
  const asked = (): boolean => peer.calls().some(({ input }) => children.includes(String(input["ShardId"])));
  await journal.read(peerSource(peer, { batch: { events: 3 } }), ({ partition, to }) => {
    const ended = [...journal.positions].some(([name, position]) => name.endsWith(first) && position.startsWith("end@"));
    if (!(partition.endsWith(first) && to.startsWith("end@"))) expect(asked() && !ended).toBe(false);
    return journal.events.length === 80;
  });
});

test("goes on from every position that the journal ever had, with the same ids, where the shard splits in the middle", async () => {
  for (let index = 0; index < 6; index += 1) put(peer, index, `early ${index}`);
  for (const shard of peer.openShards()) peer.split(shard);
  for (let index = 0; index < 6; index += 1) put(peer, index, `late ${index}`);
  const whole = new Journal();
  const seen: { positions: Positions; count: number }[] = [{ positions: new Map(), count: 0 }];
  await whole.read(peerSource(peer, { batch: { events: 2 } }), () => {
    seen.push({ positions: new Map(whole.positions), count: whole.events.length });
    return whole.events.length === 12;
  });
  const ids = whole.events.map(({ id }) => id);
  for (const { positions, count } of seen.slice(0, -1)) {
    const rest = new Journal(positions);
    await rest.read(peerSource(peer, { batch: { events: 2 } }), () => rest.events.length === 12 - count);
    expect(rest.events.map(({ id }) => id).toSorted()).toEqual(ids.slice(count).toSorted());
  }
});

test("hands over one batch at a time, whatever the number of shards", async () => {
  const many = await openPeer({ shards: 40 });
  for (let index = 0; index < 80; index += 1) put(many, index, `row ${index}`);
  const journal = new Journal();
  let under = 0;
  const source = peerSource(many, { batch: { events: 1 } });
  const stop = new AbortController();
  await source.read(
    new Map(),
    async (batch) => {
      expect((under += 1)).toBe(1);
      await turn();
      under -= 1;
      journal.take(batch);
      if (journal.events.length === 80) stop.abort();
    },
    stop.signal,
  );
  await many.close();
});

test("while the journal takes nothing, at most 16 pages are fetched, and one of each shard", async () => {
  const many = await openPeer({ shards: 40 });
  for (let index = 0; index < 400; index += 1) put(many, index, `row ${index}`);
  const stop = new AbortController();
  const room = Promise.withResolvers<void>();
  const stuck = Promise.withResolvers<void>();
  const reading = peerSource(many, { batch: { events: 1 } }).read(
    new Map(),
    async ({ events }) => {
      if (events.length === 0) return;
      stuck.resolve();
      await room.promise;
    },
    stop.signal,
  );
  await stuck.promise;
  const fetched = (): readonly unknown[] => many.calls().filter(({ operation }) => operation === "GetRecords");
  let before = -1;
  // Until nothing more is fetched.
  while (before !== fetched().length) {
    before = fetched().length;
    for (let index = 0; index < 200; index += 1) await turn();
  }
  expect(before).toBeLessThanOrEqual(16);
  stop.abort();
  room.resolve();
  await reading;
  await many.close();
});
