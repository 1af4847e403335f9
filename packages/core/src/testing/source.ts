import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MOST_HOPS } from "../source/event.ts";
import { PositionLost, type ChangeEvent, type Positions, type Source } from "../source/index.ts";
import { heldWhileFull, largeChanges, MOST_HELD_BYTES } from "./source-memory.ts";
import { readSome } from "./source-reading.ts";

/** One thing to happen to a row of a collection whose key is a whole number `id`, and which has a text `name`. */
export type SourceChange =
  | { readonly operation: "insert" | "update"; readonly id: number; readonly name: string }
  | { readonly operation: "delete"; readonly id: number };

/** A collection without rows, and a source that reads it from before its first row. */
export interface SourceDriver {
  /** A new reader of the same source, in batches of at most ten events. One reads at a time. */
  source(): Source;
  /** Makes the changes in this order, as one transaction where there are such; resolves when they are committed. */
  write(changes: readonly SourceChange[]): Promise<void>;
  /** Where {@link SourceTraits.canLose}: what follows the first changes can not be had any more, nor joined with what was read of them. */
  lose?(): Promise<void>;
  close?(): Promise<void>;
}

/** What more a source is asked to show, which not every kind can. */
export interface SourceTraits {
  /** Its far side can forget what was not read: see {@link SourceDriver.lose}. */
  readonly canLose?: boolean;
  /** Its far side sends by itself, and nothing again that was accepted. */
  readonly sentOnce?: boolean;
  /** The driver keeps no row in this process, so that its memory shows what the source holds. */
  readonly rowsElsewhere?: boolean;
}

const SINGLE: readonly SourceChange[] = [
  { operation: "insert", id: 1, name: "one" },
  { operation: "insert", id: 2, name: "two" },
  { operation: "update", id: 1, name: "uno" },
  { operation: "delete", id: 2 },
  { operation: "insert", id: 2, name: "two again" },
  { operation: "insert", id: 3, name: 'it\'s "quoted", \\ and 日本 🎉\nwith a line break' },
];

const TOGETHER: readonly SourceChange[] = Array.from({ length: 25 }, (_, index) => ({
  operation: "insert",
  id: index + 10,
  name: `row ${index}`,
}));

const ALL = [...SINGLE, ...TOGETHER];

/** A source that has nothing to send waits by then. */
const IDLE_TURNS = 20;

/**
 * What every source owes: order, the same ids on every read, going on from any position without gap or repeat,
 * one `accept` at a time, and nothing acknowledged that was not accepted. `open` is called before each test.
 */
export function describeSource(name: string, open: () => Promise<SourceDriver>, traits: SourceTraits = {}): void {
  describe(`${name} keeps the contract of a source`, () => {
    let driver: SourceDriver;

    beforeEach(async () => {
      driver = await open();
      for (const change of SINGLE) await driver.write([change]);
      await driver.write(TOGETHER);
    });
    afterEach(() => driver.close?.());

    test("sends every change once, in commit order", async () => {
      const { events } = await readSome(driver.source(), { events: ALL.length });
      expect(events.map(changeOf)).toEqual(ALL);
    });

    test("where it says how far it goes, less is left from where it was read to", async () => {
      const source = driver.source();
      const signal = new AbortController().signal;
      const before = await source.extent?.(new Map(), signal);
      const { positions } = await readSome(driver.source(), { events: ALL.length });
      const after = await source.extent?.(positions, signal);
      if (before === undefined || after === undefined) return expect([before, after]).toEqual([undefined, undefined]);
      expect(before.read).toBeLessThan(before.end);
      expect(after.read).toBeGreaterThan(before.read);
      expect(after.end - after.read).toBeLessThan(before.end - before.read);
    });

    test("says of each event where it is from, when it was and what it can", async () => {
      const source = driver.source();
      const { events } = await readSome(source, { events: ALL.length });
      for (const event of events) expectWellFormed(event, source.name);
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
      expect(new Set(events.map(({ collection }) => collection)).size).toBe(1);
    });

    test("calls accept one at a time, each batch going on from the one before", async () => {
      const { mostAtOnce, batches } = await readSome(driver.source(), { events: ALL.length });
      expect(mostAtOnce).toBe(1);
      expect(batches.filter(({ events }) => events.length > 0).length).toBeGreaterThan(2);
    });

    test("goes on after every batch without gap or repeat, and sends again with the same ids what was refused", async () => {
      await expectResumable(() => driver.source());
    });

    test("sends everything again where the first batch was refused", async () => {
      const { refused } = await readSome(driver.source(), { events: ALL.length, refuseAfter: 0 });
      const { events } = await readSome(driver.source(), { events: ALL.length });
      expect(refused.length).toBeGreaterThan(0);
      expect(events.slice(0, refused.length)).toEqual(refused);
      expect(events.map(changeOf)).toEqual(ALL);
    });

    test("sends what is written later to a reader that goes on", async () => {
      const { positions } = await readSome(driver.source(), { events: ALL.length });
      const later: SourceChange = { operation: "insert", id: 100, name: "later" };
      await driver.write([later]);
      const { events } = await readSome(driver.source(), { from: positions, events: 1 });
      expect(events.map(changeOf)).toEqual([later]);
    });

    test("resolves when the signal aborts during an accept: after it, and with no other", async () => {
      const stop = new AbortController();
      let calls = 0;
      let done = false;
      await driver.source().read(
        new Map(),
        async () => {
          calls += 1;
          stop.abort();
          await new Promise((resolve) => setImmediate(resolve));
          done = true;
        },
        stop.signal,
      );
      expect({ calls, done }).toEqual({ calls: 1, done: true });
    });

    test("resolves when the signal aborts while nothing comes", async () => {
      const { positions } = await readSome(driver.source(), { events: ALL.length });
      const stop = new AbortController();
      const reading = driver.source().read(positions, async () => undefined, stop.signal);
      for (let turns = 0; turns < IDLE_TURNS; turns += 1) await new Promise(setImmediate);
      stop.abort();
      await expect(reading).resolves.toBeUndefined();
    });

    if (traits.sentOnce !== true)
      test("sends all that follows an older position, or says that it is lost: others have read it, this journal has not", async () => {
        const { positions, events: first } = await readSome(driver.source(), { events: SINGLE.length });
        const { events: rest } = await readSome(driver.source(), { from: positions, events: ALL.length - first.length });
        const again = await readSome(driver.source(), { from: positions, events: rest.length }).catch((error: unknown) => error);
        if (!(again instanceof PositionLost)) expect(again).toMatchObject({ events: rest });
      });

    if (traits.canLose === true)
      test("rejects with PositionLost, and sends nothing, where what follows the position is gone", async () => {
        const { positions } = await readSome(driver.source(), { events: SINGLE.length });
        await driver.lose?.();
        const reading = readSome(driver.source(), { from: positions, events: 1 });
        await expect(reading).rejects.toBeInstanceOf(PositionLost);
        await expect(reading).rejects.toMatchObject({ source: driver.source().name, from: expect.any(String) });
      });

    if (traits.rowsElsewhere === true)
      test("holds little while the journal takes nothing, and then sends all of it", async () => {
        const { positions } = await readSome(driver.source(), { events: ALL.length });
        const large = largeChanges();
        const held = await heldWhileFull(driver, positions, large);
        expect(held.bytes).toBeLessThan(MOST_HELD_BYTES);
        expect(held.ids).toEqual(large.flat().map(({ id }) => id));
      });

    test("resolves at once when the signal is aborted before it starts", async () => {
      const accepted: unknown[] = [];
      await driver.source().read(new Map(), async (batch) => void accepted.push(batch), AbortSignal.abort());
      expect(accepted).toEqual([]);
    });
  });
}

/** Each reading accepts one batch and refuses the next. */
async function expectResumable(source: () => Source): Promise<void> {
  let positions: Positions = new Map();
  let refused: readonly ChangeEvent[] = [];
  const events: ChangeEvent[] = [];
  while (events.length < ALL.length) {
    const reading = await readSome(source(), { from: positions, events: ALL.length - events.length, refuseAfter: 1 });
    const both = [...reading.events, ...reading.refused];
    expect(both.slice(0, refused.length)).toEqual(refused.slice(0, both.length));
    expect(reading.events.length).toBeGreaterThan(0);
    events.push(...reading.events);
    ({ positions, refused } = reading);
  }
  expect(events.map(changeOf)).toEqual(ALL);
}

function expectWellFormed(event: ChangeEvent, source: string): void {
  expect(event).toMatchObject({ source, origin: "log", key: { id: expect.any(Number) }, unsent: [] });
  expect(event.committedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(event.after === null).toBe(event.operation === "delete");
  expect(event.before === null).toBe(event.operation === "insert");
  expect(event.hops ?? 0).toSatisfy((hops: number) => Number.isInteger(hops) && hops >= 0 && hops <= MOST_HOPS);
  if (event.operation === "insert") expect(event.changed).toEqual(Object.keys(event.after ?? {}));
  if (event.operation === "delete") expect(event.changed).toEqual([]);
}

function changeOf({ operation, key, after }: ChangeEvent): unknown {
  const id = key?.["id"];
  return after === null ? { operation, id } : { operation, id, name: after["name"] };
}
