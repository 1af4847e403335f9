import { afterEach, describe, expect, test } from "vitest";
import type { Undecided } from "@backstitch/core/rules";
import { bench, type Bench, type BenchOptions } from "./support/invocation.ts";
import { openSink } from "./support/sink.ts";

let open: Bench | undefined;

async function start(options?: BenchOptions): Promise<Bench> {
  open = await bench(options);
  return open;
}

afterEach(async () => {
  await open?.close();
  open = undefined;
});

describe("order and concurrency", () => {
  test("a lane keeps its order through retries, and does not wait for others", async () => {
    const { far, invoke } = await start();
    far.script("a1", 503, 503, 200);
    await invoke([
      { name: "a1", key: "a" },
      { name: "b1", key: "b" },
      { name: "a2", key: "a" },
      { name: "b2", key: "b" },
    ]);
    const names = far.names();
    expect(names.filter((name) => name.startsWith("a"))).toEqual(["a1", "a1", "a1", "a2"]);
    expect(names.filter((name) => name.startsWith("b"))).toEqual(["b1", "b2"]);
    expect(names.indexOf("b2")).toBeLessThan(names.lastIndexOf("a2"));
  });

  test.for([1, 3])("a service takes %i at a time, those of earlier records first", async (concurrency) => {
    const { far, invoke } = await start({ services: [(url) => openSink("sink", url, { concurrency })] });
    far.waitFor = concurrency;
    const items = Array.from({ length: 20 }, (_, index) => ({ name: String(index).padStart(2, "0") }));
    expect(await invoke(items)).toBeUndefined();
    expect(far.most).toBe(concurrency);
    const names = far.names();
    if (concurrency === 1) expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(20);
  });

  test("what waits for longer than there is time keeps its lane from going on", async () => {
    const retry = { attempts: 3, firstDelayMs: 600_000, longestDelayMs: 600_000 };
    const { far, invoke, written } = await start({ services: [(url) => openSink("sink", url, { retry })] });
    far.script("a", 503);
    expect(
      await invoke([
        { name: "a", key: "k" },
        { name: "b", key: "k" },
      ]),
    ).toBe(1);
    expect(far.names()).toEqual(["a"]);
    expect(written()).toEqual(["a: out-of-time SINK_503"]);
  });

  test("what has expired, or does while it waits, is a dead letter and not sent; its lane goes on", async () => {
    let now = 1_000;
    const retry = { attempts: 9, firstDelayMs: 600_000, longestDelayMs: 600_000 };
    const { far, invoke, letters, written } = await start({
      services: [(url) => openSink("sink", url, { retry, concurrency: 1 })],
      handler: { now: () => now },
    });
    far.script("b", 500);
    far.onArrival = () => (now += 10);
    const items = [
      { name: "a", key: "k", expiresAt: 1_000, hold: true },
      { name: "b", key: "k", expiresAt: 1_005 },
      { name: "c", key: "k", expiresAt: 1_020 },
    ];
    expect(await invoke(items)).toBeUndefined();
    expect(far.names()).toEqual(["b", "c"]);
    expect(written()).toEqual(["a: expired EXPIRED", "b: expired EXPIRED"]);
    expect(letters.map(({ attempts, uncertain }) => ({ attempts, uncertain }))).toEqual([
      { attempts: 0, uncertain: false },
      { attempts: 1, uncertain: true },
    ]);
  });

  test("what may have been done, and would be held, is expired once it has expired", async () => {
    let now = 1_000;
    const bench = await start({ handler: { now: () => now } });
    bench.far.script("a", 500);
    bench.takesLetters = false;
    const item = { name: "a", hold: true, expiresAt: 1_005 };
    expect(await bench.invoke([item])).toBe(0);
    now = 1_005;
    bench.takesLetters = true;
    expect(await bench.invoke([item])).toBeUndefined();
    expect(bench.far.names()).toEqual(["a"]);
    expect(bench.letters).toMatchObject([{ state: "expired", code: "EXPIRED", uncertain: true }]);
  });

  test("a record that is in the batch twice is one", async () => {
    const { far, invoke } = await start();
    await invoke([{ name: "a" }, { name: "a" }]);
    expect(far.names()).toEqual(["a"]);
  });

  test("a throttled service rests as a whole, others do not", async () => {
    const { far, invoke, written } = await start({
      services: [(url) => openSink("slow", url, { concurrency: 1 }), (url) => openSink("sink", url)],
    });
    far.script("a", 429);
    expect(await invoke([{ name: "a", service: "slow" }, { name: "b", service: "slow" }, { name: "c" }])).toBeUndefined();
    expect(far.names().sort()).toEqual(["a", "c"]);
    expect(written()).toEqual(["a: out-of-time SINK_429", "b: out-of-time OUT_OF_TIME"]);
  });

  test("a service that asked for a long rest is left alone by the next invocation too, and its records stay in the stream", async () => {
    let now = Date.now();
    const { far, invoke, written } = await start({
      services: [(url) => openSink("sink", url, { concurrency: 1 })],
      handler: { now: () => now },
    });
    far.script("a", 429);
    far.retryAfterMs = 600_000;
    expect(await invoke([{ name: "a" }, { name: "b" }])).toBe(1);
    expect(await invoke([{ name: "b" }, { name: "c" }])).toBe(0);
    expect(far.names()).toEqual(["a"]);
    now += 600_001;
    expect(await invoke([{ name: "b" }, { name: "c" }])).toBeUndefined();
    expect(far.names()).toEqual(["a", "b", "c"]);
    expect(written()).toEqual(["a: out-of-time SINK_429"]);
  });
});

describe("time", () => {
  test("an attempt ends when the margin begins, and is uncertain", async () => {
    const { far, letters, ...at } = await start();
    far.script("a", "hang");
    const it = open as Bench;
    it.left = 2_150;
    const result = at.invoke([{ name: "a" }]);
    await expect.poll(() => far.names()).toEqual(["a"]);
    it.left = 2_000;
    expect(await result).toBeUndefined();
    expect(letters).toMatchObject([{ state: "out-of-time", code: "DEADLINE", uncertain: true, attempts: 1 }]);
  });

  test.for([
    { deadlineMs: 18_000, again: undefined, arrived: ["a", "b"] },
    { deadlineMs: 20_000, again: 1, arrived: ["a"] },
  ])("with 19 s left an attempt that may take $deadlineMs ms: $arrived", async ({ deadlineMs, again, arrived }) => {
    const { far, invoke } = await start({ services: [(url) => openSink("sink", url, { deadlineMs })] });
    far.onArrival = () => ((open as Bench).left = 21_000);
    const items = ["a", "b"].map((name) => ({ name, key: "k" }));
    expect(await invoke(items)).toBe(again);
    expect(far.names()).toEqual(arrived);
  });

  test("a margin that leaves no time is an error that says so", async () => {
    const { invoke } = await start();
    (open as Bench).left = 1_500;
    await expect(invoke([{ name: "a" }])).rejects.toThrow('The function has 1500 ms, of which "marginMs" keeps back 2000');
  });
});

describe("dead letters that cannot be sent", () => {
  const items = [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }];

  test("the first record that has one comes again, and this container repeats nothing that was accepted", async () => {
    const { far, invoke, written } = await start();
    const it = open as Bench;
    far.script("b", 400);
    it.takesLetters = false;
    expect(await invoke(items)).toBe(1);
    it.takesLetters = true;
    expect(await invoke(items.slice(1))).toBeUndefined();
    expect(far.names().sort()).toEqual(["a", "b", "b", "c", "d"]);
    expect(written()).toEqual(["b: rejected SINK_400"]);
  });

  test("a new container repeats under the same delivery ids", async () => {
    const { far, invoke, restart } = await start();
    far.script("b", 400);
    (open as Bench).takesLetters = false;
    await invoke(items);
    restart();
    await invoke(items.slice(1));
    const ids = Map.groupBy(far.arrivals, ({ name }) => name);
    expect([...ids.values()].map((arrivals) => arrivals.length)).toEqual([1, 2, 2, 2]);
    for (const arrivals of ids.values()) expect(new Set(arrivals.map(({ deliveryId }) => deliveryId)).size).toBe(1);
  });

  test("what the rule says to hold is not tried again blindly", async () => {
    const { far, invoke, written } = await start();
    const it = open as Bench;
    far.script("a", 500);
    it.takesLetters = false;
    const held = [{ name: "a", hold: true }];
    expect(await invoke(held)).toBe(0);
    it.takesLetters = true;
    expect(await invoke(held)).toBeUndefined();
    expect(far.names()).toEqual(["a"]);
    expect(written()).toEqual(["a: held HELD"]);
  });

  test("a letter that was taken is not sent again", async () => {
    const { far, invoke, written } = await start();
    far.script("a", 400);
    await invoke([{ name: "a" }, { name: "b", kind: "failed-match" }]);
    await invoke([{ name: "a" }, { name: "b", kind: "failed-match" }]);
    expect(written()).toEqual(["a: rejected SINK_400", "b: rejected TEMPLATE_FAILED"]);
    expect(far.names()).toEqual(["a"]);
  });

  test("a queue that never answers is not waited for beyond the end", async () => {
    const { far, ...at } = await start();
    const it = open as Bench;
    far.script("a", 400);
    it.takesLetters = "never answers";
    far.onArrival = () => (it.left = 300);
    expect(await at.invoke([{ name: "a" }, { name: "b", key: "a" }])).toBe(0);
  });

  test("where no record can be answered the whole batch fails", async () => {
    const { far, invoke } = await start();
    far.script("a", 400);
    (open as Bench).takesLetters = false;
    await expect(invoke([{ name: "a", kind: "nameless" }, { name: "b" }])).rejects.toThrow("sequence number");
  });
});

test("undecided rules, attempts, letters and what comes again are told", async () => {
  const told: string[] = [];
  const undecided: Undecided[] = [];
  const { far, ...at } = await start({
    observe: {
      attempted: ({ args }, { kind }) => told.push(`${args["name"] as string} ${kind}`),
      undecided: (all) => undecided.push(...all),
      deadLettered: (letters) => told.push(`${letters.length} letters`),
      handedBack: (from, records) => told.push(`${records} from ${from}`),
    },
  });
  const it = open as Bench;
  far.script("a", 400);
  far.onArrival = () => (it.left = 0);
  await at.invoke([
    { name: "u", kind: "undecided" },
    { name: "a", key: "k" },
    { name: "b", key: "k" },
  ]);
  expect(told).toEqual(["a rejected", "1 letters", "1 from 102"]);
  expect(undecided).toMatchObject([{ rule: "rule", paths: ["before.x"] }]);
});
