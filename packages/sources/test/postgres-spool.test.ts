import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSpool, type Spool } from "../src/postgres/spool.ts";
import { int } from "./support/messages.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstitch-spool-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A message of (a part of) a transaction in the middle of a buffer. */
function put(spool: Spool, top: number, xid: number, message: string): void {
  const [tag, content] = [message.slice(0, 1), message.slice(1)];
  const buffer = Buffer.concat([Buffer.from(`head${tag}`), int(xid, 4), Buffer.from(content), Buffer.from("tail")]);
  spool.add(top, { high: top, low: content.length, buffer, at: 4, end: buffer.length - 4 });
}

function rest(spool: Spool, top: number): readonly string[] {
  const messages = spool.take(top);
  const texts: string[] = [];
  for (let message = messages.next(); message !== undefined; message = messages.next()) {
    const { buffer, at, end, xid, high, low } = message;
    expect({ high, low }).toEqual({ high: top, low: end - at - 1 });
    texts.push(`${xid} ${buffer.toString("latin1", at, end)}`);
  }
  messages.close();
  return texts;
}

const content = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 20 }),
  fc.nat(400_000).map((length) => "x".repeat(length)),
);
const step = fc.record({
  top: fc.integer({ min: 1, max: 3 }),
  part: fc.nat(2),
  content,
  tag: fc.constantFrom("I", "R"),
  abort: fc.boolean(),
});

test.each([0, 1_000, 500_000, 1e9])("what is kept comes back in order but for what was rolled back, with %i bytes of memory", (most) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const spool = createSpool(most);
      const kept = new Map<number, { readonly xid: number; readonly text: string; readonly tag: string }[]>();
      const aborted = new Set<string>();
      for (const { top, part, content: text, tag, abort } of steps) {
        const xid = top * 10 + part;
        const known = kept.get(top) ?? [];
        kept.set(top, [...known, { xid, text, tag }]);
        put(spool, top, xid, tag + text);
        if (!abort || part === 0) continue;
        aborted.add(`${top} ${xid}`);
        spool.abort(top, xid);
      }
      for (const [top, all] of kept) {
        const wanted = all.filter(({ xid, tag }) => tag === "R" || !aborted.has(`${top} ${xid}`));
        expect(rest(spool, top)).toEqual(wanted.map(({ xid, text, tag }) => `${xid} ${tag}${text}`));
      }
      spool.close();
    }),
    { numRuns: 30 },
  );
});

test("a transaction that is rolled back is forgotten whole", () => {
  const spool = createSpool(10);
  put(spool, 1, 1, `I${"a".repeat(100)}`);
  put(spool, 2, 2, "Ib");
  spool.abort(1, 1);
  expect([rest(spool, 1), rest(spool, 2)]).toEqual([[], ["2 Ib"]]);
});

test("the file has no name while it is used: it ends with the process", async () => {
  const spool = createSpool(10);
  put(spool, 1, 1, `I${"a".repeat(100)}`);
  expect(await readdir(folder)).toEqual([]);
  expect(rest(spool, 1)).toEqual([`1 I${"a".repeat(100)}`]);
});

test("a folder that cannot be written is told of with what to do", () => {
  vi.stubEnv("TMPDIR", join(folder, "missing"));
  const spool = createSpool(10);
  expect(() => put(spool, 1, 1, `I${"secret".repeat(100)}`)).toThrow(
    'What the server sends of large transactions before they end cannot be kept in a temporary file (ENOENT). Make room in the folder that TMPDIR names, or set "streaming" to false.',
  );
});
