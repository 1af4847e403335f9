import { describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { createBatches } from "../src/postgres/batches.ts";
import { parseCopyRow } from "../src/postgres/snapshot/copy-row.ts";
import { createOutbox } from "../src/postgres/snapshot/outbox.ts";
import type { RowPlace } from "../src/postgres/position.ts";
import { createTouched } from "../src/postgres/snapshot/touched.ts";
import { parseVisibility } from "../src/postgres/snapshot/visibility.ts";
import { relationFrom } from "../src/postgres/relation.ts";

const event = (id: number, previous?: number): ChangeEvent => ({
  id: `${id}`,
  source: "shop",
  origin: "log",
  operation: "update",
  database: "db",
  collection: "item",
  key: { id },
  previousKey: previous === undefined ? undefined : { id: previous },
  after: { id },
  before: undefined,
  unsent: [],
  changed: undefined,
  committedAt: "2026-01-01T00:00:00.000000Z",
});

const SNAPSHOT = parseVisibility("10:20:12,15");

describe("a snapshot of the database", () => {
  test.each([
    ["what ended before it", 9, true],
    ["what ended between those under way", 13, true],
    ["not what was under way", 15, false],
    ["not what came next", 20, false],
    ["not what came later", 2_000, false],
    ["what is older than one turn of the counter", 4_294_967_290, true],
  ])("sees %s", (_, xid, sees) => {
    expect(SNAPSHOT.sees(xid)).toBe(sees);
  });

  test.each([
    ["below the turn", 4_294_967_290, true],
    ["under way below the turn", 4_294_967_294, false],
    ["beyond the turn", 1, true],
    ["after it", 5, false],
  ])("sees by the lower 32 bits what is %s", (_, xid, sees) => {
    expect(parseVisibility("8589934580:8589934596:8589934590").sees(xid)).toBe(sees);
  });

  test("is nothing else", () => {
    expect(() => parseVisibility("10:20")).toThrow(RangeError);
  });
});

describe("the keys that the log has changed of late", () => {
  const key = (id: number): string => `{"id":${id}e0}`;

  test("are those that a snapshot does not see, the old one of a row whose key was changed among them", () => {
    const touched = createTouched(() => undefined);
    touched.saw(event(1), 20);
    touched.begin("item");
    for (const [changed, xid] of [
      [event(2), 20],
      [event(3), 13],
      [event(5, 4), 15],
      [{ ...event(6), collection: "other" }, 20],
    ] as const)
      touched.saw(changed, xid);
    expect([1, 2, 3, 4, 5, 6].map((id) => touched.since(SNAPSHOT, key(id)))).toEqual([false, true, false, true, true, false]);
  });

  test("are forgotten, or not even kept, once every snapshot sees them", () => {
    let overflows = 0;
    const touched = createTouched(() => (overflows += 1), 2);
    touched.begin("item");
    for (const [id, xid] of [
      [1, 20],
      [2, 13],
    ] as const)
      touched.saw(event(id), xid);
    touched.forget(SNAPSHOT);
    for (const [id, xid] of [
      [3, 13],
      [4, 21],
    ] as const)
      touched.saw(event(id), xid);
    expect([touched.overflowed, touched.since(SNAPSHOT, key(1)), touched.since(SNAPSHOT, key(4))]).toEqual([false, true, true]);
    touched.saw(event(5), 22);
    expect([touched.overflowed, overflows]).toEqual([true, 1]);
    touched.begin("item");
    touched.saw(event(6), 22);
    expect([touched.overflowed, touched.since(SNAPSHOT, key(6))]).toEqual([false, true]);
  });
});

test("a table that was emptied has changed every row, for snapshots that do not see that", () => {
  const touched = createTouched(() => undefined);
  touched.begin("item");
  touched.sawTruncated(["other"], 20);
  touched.sawTruncated(["item"], 13);
  const seen = [touched.since(SNAPSHOT, "1")];
  touched.sawTruncated(["other", "item"], 20);
  seen.push(touched.since(SNAPSHOT, "1"));
  touched.begin("item");
  expect([...seen, touched.since(SNAPSHOT, "1")]).toEqual([false, true, false]);
});

test.each([
  ["1\ttext\n", ["1", "text"]],
  ["\\N\t\n", [null, ""]],
  ["a\\tb\\\\N\t\\\\N\n", ["a\tb\\N", "\\N"]],
  ["\\b\\f\\n\\r\\t\\v\t日本\n", ["\b\f\n\r\t\v", "日本"]],
])("a row of COPY is read: %j", (line, values) => {
  expect(parseCopyRow(Buffer.from(line))).toEqual(values);
});

describe("what was read of a table waits", () => {
  const relation = relationFrom(
    { kind: "relation", id: 1, schema: "public", name: "item", identity: "d", columns: [{ name: "id", typeId: 23, identifies: true }] },
    new Map(),
  );
  const table = { relation, from: "item", columns: ["id"], filter: undefined, key: [{ sql: "id", index: 0 }], order: "1:23:0" };
  const chunk = { table, rows: [["1"], ["2"]], bytes: 4, snapshot: SNAPSHOT, readAt: "2026-01-01T00:00:00.000000Z", isLast: true };

  test("until all that its snapshot saw was recorded, and is not recorded at all once too much was changed", () => {
    const touched = createTouched(() => undefined, 1);
    const outbox = createOutbox({ source: "shop", system: "1", database: "db", touched, mostEvents: 1, onRecorded: () => undefined });
    touched.begin("item");
    outbox.put({ id: "initial", collection: "item", text: "t", at: { rows: 0 } }, chunk, "mark");
    expect(outbox.take(100n)).toBeUndefined();
    outbox.reached("mark", 10n);
    expect(outbox.take(9n)).toBeUndefined();
    expect(outbox.take(10n)?.batch.events.map(({ key }) => key)).toEqual([{ id: 1 }]);
    for (const id of [7, 8]) touched.saw(event(id), 30);
    expect(outbox.take(100n)).toBeUndefined();
  });

  test("while commits that were read were not taken, and no longer", () => {
    const batches = createBatches({ source: "shop", system: "1", timeline: 1, from: undefined, at: 5n, most: { events: 2, bytes: 1000 } });
    const place = (commit: bigint): RowPlace => ({ commit, high: 0, low: 6, index: 0 });
    const seen = [batches.settled];
    batches.add(event(1), 1, place(7n));
    seen.push(batches.settled);
    batches.commit(8n);
    seen.push(batches.settled);
    batches.commit(20n);
    seen.push(batches.settled);
    batches.take();
    seen.push(batches.settled);
    for (let id = 2; id < 5; id += 1) batches.add(event(id), 1, place(30n));
    seen.push(batches.settled);
    batches.take();
    seen.push(batches.settled);
    expect(seen).toEqual([5n, 5n, 5n, 5n, 20n, 20n, 20n]);
  });
});
