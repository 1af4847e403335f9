import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PositionLost, SourceMisconfigured, type Batch, type ChangeEvent } from "@backstitch/core/source";
import { Decimal } from "@backstitch/core/values";
import { jsonlSource } from "@backstitch/sources/jsonl";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstitch-jsonl-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Buffer): Promise<string> {
  const path = join(folder, `${++files}.jsonl`);
  await writeFile(path, content);
  return path;
}

interface Read {
  readonly batches: readonly Batch[];
  readonly events: readonly ChangeEvent[];
  readonly error: unknown;
}

async function read(input: { path: string } | { stream: Readable }, from?: string): Promise<Read> {
  const batches: Batch[] = [];
  const positions = new Map(from === undefined ? [] : [["lines", from]]);
  const source = jsonlSource({ name: "feed", input, batch: { events: 2 } });
  const error: unknown = await source
    .read(positions, async (batch) => void batches.push(batch), new AbortController().signal)
    .catch((error: unknown) => error);
  return { batches, events: batches.flatMap(({ events }) => events), error };
}

const minimal = (id: number): string => `{"operation":"insert","collection":"item","after":{"id":${id}}}`;

test("fills in what a line leaves out", async () => {
  const { events } = await read({ path: await fileOf(`${minimal(1)}\n`) });
  expect(events).toStrictEqual([
    {
      id: expect.stringMatching(/^0\/[0-9a-f]{16}$/),
      source: "feed",
      origin: "log",
      operation: "insert",
      database: "",
      collection: "item",
      key: { id: 1 },
      previousKey: undefined,
      after: { id: 1 },
      before: null,
      unsent: [],
      changed: ["id"],
      committedAt: "1970-01-01T00:00:00.000000Z",
      hops: undefined,
    },
  ]);
});

const FIELDS: readonly (readonly [name: string, line: string, event: Partial<ChangeEvent>])[] = [
  [
    "its own id, database, key and time",
    '{"id":"e1","operation":"insert","database":"shop","collection":"a.b","key":{"k":"x"},"after":{},"committedAt":"2026-01-31T12:00:00.5+02:00"}',
    { id: "e1", database: "shop", collection: "a.b", key: { k: "x" }, committedAt: "2026-01-31T10:00:00.500000Z" },
  ],
  ["the deliveries that it came through", '{"operation":"insert","collection":"c","after":{},"hops":1000}', { hops: 1_000 }],
  ["nothing told of deliveries", '{"operation":"insert","collection":"c","after":{},"hops":null}', { hops: undefined }],
  ["no key where it says null", '{"operation":"insert","collection":"c","key":null,"after":{"id":1}}', { key: null }],
  ["no key where the row has no id", '{"operation":"insert","collection":"c","after":{"a":1}}', { key: null }],
  [
    "what changed, by comparing",
    '{"operation":"update","collection":"c","before":{"id":1,"a":1,"b":[1]},"after":{"id":1,"a":2,"b":[1],"n":null}}',
    { changed: ["a", "n"] },
  ],
  [
    "what changed, where a field is gone",
    '{"operation":"update","collection":"c","before":{"id":1,"a":1,"b":2,"big":"x"},"after":{"id":1,"a":1},"unsent":["big"]}',
    { changed: ["b"] },
  ],
  [
    "what changed, as told",
    '{"operation":"update","collection":"c","after":{"id":1},"changed":["z"],"unsent":["z"],"previousKey":{"id":0}}',
    { changed: ["z"], unsent: ["z"], previousKey: { id: 0 }, before: undefined },
  ],
  [
    "that it does not know",
    '{"operation":"replace","collection":"c","after":{"id":1}}',
    { operation: "replace", changed: undefined, before: undefined },
  ],
  [
    "the key of a deleted row",
    '{"operation":"delete","collection":"c","before":{"id":1}}',
    { key: { id: 1 }, after: null, before: { id: 1 }, changed: [] },
  ],
  [
    "every digit",
    '{"operation":"insert","collection":"c","after":{"id":9007199254740993,"d":0.12345678901234567890,"e":12.50,"f":1e2}}',
    { after: { id: 9007199254740993n, d: Decimal.parse("0.12345678901234567890"), e: 12.5, f: 100 } },
  ],
  [
    "names like object internals",
    '{"operation":"insert","collection":"c","after":{"__proto__":{"x":1.5},"toJSON":1}}',
    { after: JSON.parse('{"__proto__":{"x":1.5},"toJSON":1}') as ChangeEvent["after"] },
  ],
];

test.each(FIELDS)("an event has %s", async (_name, line, event) => {
  const { events, error } = await read({ path: await fileOf(line) });
  expect(error).toBeUndefined();
  expect(events).toHaveLength(1);
  expect(Object.fromEntries(Object.keys(event).map((name) => [name, events[0]?.[name as keyof ChangeEvent]]))).toStrictEqual(event);
});

const BAD: readonly (readonly [line: string | Buffer, message: RegExp])[] = [
  ["{oops}", /is not JSON\. Mend/],
  ["[1]", /is not a JSON object/],
  ['{"operation":"upsert","collection":"c"}', /has the "operation" "upsert"; it must be one of insert, update, replace, delete/],
  ['{"operation":"insert","after":{}}', /has the "collection" nothing; it must be a text/],
  ['{"operation":"insert","collection":"c"}', /has the "after" nothing; it must be an object/],
  ['{"operation":"insert","collection":"c","after":[1]}', /has the "after" \[…\]; it must be an object/],
  ['{"operation":"insert","collection":"c","after":{},"key":7}', /has the "key" 7; it must be an object/],
  ['{"operation":"insert","collection":"c","after":{},"key":"jane@shop.example"}', /has the "key" "…"; it must be an object/],
  ['{"operation":"insert","collection":"c","after":"+15005550006"}', /has the "after" "…"; it must be an object/],
  ['{"operation":"insert","collection":"c","after":{},"changed":"a"}', /has the "changed" "a"; it must be a list of names/],
  [
    '{"operation":"insert","collection":"c","after":{},"committedAt":"yesterday"}',
    /has the "committedAt" "yesterday"; it must be a time like/,
  ],
  ['{"operation":"insert","collection":"c","after":{},"hops":1001}', /has the "hops" 1001; it must be a whole number from 0 to 1000/],
  ['{"operation":"insert","collection":"c","after":{},"hops":-1}', /has the "hops" -1; it must be a whole number/],
  ['{"operation":"insert","collection":"c","after":{},"hops":0.5}', /has the "hops" 0\.5; it must be a whole number/],
  ['{"operation":"insert","collection":"c","after":{},"hops":"3"}', /has the "hops" "3"; it must be a whole number/],
  ['{"operation":"insert","collection":"c","after":{},"colour":1}', /has a field "colour"; the fields are id, operation/],
  [Buffer.from([0x7b, 0xff, 0x7d]), /is not UTF-8/],
];

test.each(BAD)("a bad line stops the source with its number, after the lines before it: %s", async (line, message) => {
  const path = await fileOf(
    Buffer.concat([Buffer.from(`${minimal(1)}\n\n${minimal(2)}\n`), Buffer.from(line), Buffer.from(`\n${minimal(3)}\n`)]),
  );
  const { events, error, batches } = await read({ path });
  expect(error).toBeInstanceOf(SourceMisconfigured);
  expect((error as Error).message).toMatch(/^Line 4 of .*"feed"/);
  expect((error as Error).message).toMatch(message);
  expect(events.map(({ key }) => key)).toEqual([{ id: 1 }, { id: 2 }]);
  // Mended, it goes on from there, and still counts the lines.
  const again = await read({ path }, batches.at(-1)?.to);
  expect((again.error as Error).message).toMatch(/^Line 4 of/);
});

test("a last line that ends in the middle says so, and is read once it is whole", async () => {
  const path = await fileOf(`${minimal(1)}\n${minimal(2).slice(0, 20)}`);
  const first = await read({ path });
  expect((first.error as Error).message).toMatch(/^Line 2 of .*ends in the middle/);
  await appendFile(path, minimal(2).slice(20));
  const second = await read({ path }, first.batches.at(-1)?.to);
  expect(second).toMatchObject({ error: undefined, events: [{ key: { id: 2 } }] });
});

test("a byte order mark, line ends of Windows and empty lines are passed over", async () => {
  const { events, error } = await read({ path: await fileOf(`\ufeff${minimal(1)}\r\n\r\n  \n${minimal(2)}\r\n`) });
  expect({ error, keys: events.map(({ key }) => key) }).toEqual({ error: undefined, keys: [{ id: 1 }, { id: 2 }] });
});

test("a missing file says which", async () => {
  const { error } = await read({ path: join(folder, "nowhere.jsonl") });
  expect(error).toBeInstanceOf(SourceMisconfigured);
  expect((error as Error).message).toMatch(/nowhere\.jsonl.*does not exist/);
});

describe("a file that is not what was read is PositionLost", () => {
  const lines = [1, 2, 3].map((id) => `${minimal(id)}\n`).join("");
  const cases: readonly (readonly [name: string, now: string, why: RegExp])[] = [
    ["cut", lines.slice(0, 80), /ends at byte 80/],
    ["emptied", "", /ends at byte 0/],
    ["replaced", lines.replaceAll("item", "mite"), /replaced/],
  ];
  for (const [name, now, why] of cases) {
    test(name, async () => {
      const path = await fileOf(lines);
      const { batches } = await read({ path });
      await writeFile(path, now);
      const { error, events } = await read({ path }, batches.at(-1)?.to);
      expect(error).toBeInstanceOf(PositionLost);
      expect((error as PositionLost).message).toMatch(why);
      expect(events).toEqual([]);
      // The earliest position reads all there is.
      const all = await read({ path }, (error as PositionLost).earliest);
      expect(all.events).toHaveLength(now === "" || name === "cut" ? now.split("\n").length - 1 : 3);
    });
  }

  test("and so is a position of another kind", async () => {
    expect((await read({ path: await fileOf(lines) }, "nonsense")).error).toBeInstanceOf(PositionLost);
  });
});

test("a stream that is fed the same again after a restart is gone on in, and one that is shorter is PositionLost", async () => {
  const text = Array.from({ length: 5 }, (_, id) => `${minimal(id)}\n`).join("");
  const { batches } = await read({ stream: Readable.from([Buffer.from(text)]) });
  const again = await read({ stream: Readable.from([Buffer.from(text)]) }, batches[0]?.to);
  expect(again.events.map(({ key }) => key)).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
  expect((await read({ stream: Readable.from([Buffer.from(text.slice(0, 70))]) }, batches[1]?.to)).error).toBeInstanceOf(PositionLost);
});

test("however a stream is cut into chunks, the same events come", async () => {
  const text = Buffer.from([1, 2, 3].map((id) => minimal(id).replace("item", "日本 🎉")).join("\n"));
  const whole = await read({ path: await fileOf(text) });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end));
      const { events, error } = await read({ stream: Readable.from(chunks) });
      expect({ events, error }).toEqual({ events: whole.events, error: undefined });
    }),
    { numRuns: 50 },
  );
});
