import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseArray } from "../src/postgres/array.ts";
import { formatLsn, parseLsn } from "../src/postgres/lsn.ts";
import { decodeMessage, MalformedMessage } from "../src/postgres/pgoutput.ts";
import { formatPosition, parsePosition, type Position } from "../src/postgres/position.ts";
import { startFrom, type ServerState } from "../src/postgres/start.ts";
import { readStreamMessage } from "../src/postgres/stream-message.ts";
import { cell, int, logical, name, RELATION, tuple } from "./support/messages.ts";

/** What a decoder may do with bytes: understand them, or say that it does not. */
function decoded(read: () => unknown): "understood" | "refused" {
  try {
    read();
    return "understood";
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessage);
    return "refused";
  }
}

const MESSAGES: readonly (readonly [string, Buffer, unknown])[] = [
  [
    "a relation",
    RELATION,
    { kind: "relation", id: 7, schema: "public", name: "item", identity: "d", columns: [{ name: "id", typeId: 23, identifies: true }] },
  ],
  [
    "an insert",
    Buffer.concat([Buffer.from("I"), int(7, 4), tuple("N", cell("é"), Buffer.from("n"), Buffer.from("u"))]),
    { kind: "insert", relation: 7, after: ["é", null, undefined] },
  ],
  [
    "an update",
    Buffer.concat([Buffer.from("U"), int(7, 4), tuple("N", cell("1"))]),
    { kind: "update", relation: 7, before: undefined, after: ["1"] },
  ],
  [
    "an update with its old key",
    Buffer.concat([Buffer.from("U"), int(7, 4), tuple("K", cell("1")), tuple("N", cell("2"))]),
    { kind: "update", relation: 7, before: { whole: false, cells: ["1"] }, after: ["2"] },
  ],
  [
    "a delete with its old row",
    Buffer.concat([Buffer.from("D"), int(7, 4), tuple("O", cell("1"))]),
    { kind: "delete", relation: 7, before: { whole: true, cells: ["1"] } },
  ],
  [
    "a begin",
    Buffer.concat([Buffer.from("B"), int(0, 4), int(9, 4), Buffer.alloc(8, 0xff), int(3, 4)]),
    { kind: "begin", commit: 9n, committedAt: -1n, xid: 3 },
  ],
  [
    "a commit",
    Buffer.concat([Buffer.from("C\0"), int(0, 4), int(8, 4), int(1, 4), int(9, 4), Buffer.alloc(8)]),
    { kind: "commit", end: 0x100000009n },
  ],
  [
    "a type",
    Buffer.concat([Buffer.from("Y"), int(16400, 4), name(""), name("int4")]),
    { kind: "type", id: 16400, schema: "", name: "int4" },
  ],
  ["an origin", Buffer.concat([Buffer.from("O"), Buffer.alloc(8), name("far")]), { kind: "none" }],
  ["a message that tells of deliveries", logical(1, "backstitch-hops", "1000"), { kind: "hops", hops: 1_000 }],
  ["one that tells of none", logical(1, "backstitch-hops", "0"), { kind: "hops", hops: 0 }],
  ["one of more than can be", logical(1, "backstitch-hops", "1001"), { kind: "none" }],
  ["one of no number", logical(1, "backstitch-hops", "3.0"), { kind: "none" }],
  ["one of a number in another form", logical(1, "backstitch-hops", "03"), { kind: "none" }],
  ["one that is empty", logical(1, "backstitch-hops", ""), { kind: "none" }],
  ["one that is long", logical(1, "backstitch-hops", "3".repeat(40)), { kind: "none" }],
  ["one that is of no transaction", logical(0, "backstitch-hops", "3"), { kind: "none" }],
  ["somebody else's message", logical(1, "backstitch-hopsi", "3"), { kind: "none" }],
  ["a truncate", Buffer.concat([Buffer.from("T"), int(1, 4), int(0, 1), int(7, 4)]), { kind: "truncate", relations: [7] }],
];

describe("a pgoutput message", () => {
  test.each(MESSAGES)("%s is read, also from the middle of a buffer", (_name, bytes, message) => {
    expect(decodeMessage(bytes)).toEqual(message);
    expect(decodeMessage(Buffer.concat([Buffer.from("head"), bytes]), 4)).toEqual(message);
  });

  test.each(MESSAGES.slice(0, 5))("%s that is cut anywhere is refused in a sentence", (_name, bytes) => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(decoded(() => decodeMessage(bytes.subarray(0, length)))).toBe("refused");
  });

  test("of random bytes is understood or refused, and nothing else", () => {
    const tags = fc.constantFrom("B", "C", "R", "Y", "I", "U", "D", "T", "O", "M", "S", "c");
    fc.assert(
      fc.property(
        tags,
        fc.uint8Array({ maxLength: 200 }),
        (tag, rest) => void decoded(() => decodeMessage(Buffer.concat([Buffer.from(tag), rest]))),
      ),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decoded(() => readStreamMessage(Buffer.from(bytes)))));
  });

  test("with bytes changed is understood or refused", () => {
    fc.assert(
      fc.property(fc.constantFrom(...MESSAGES), fc.nat(), fc.nat(255), ([, bytes], at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[at % damaged.length] = value;
        decoded(() => decodeMessage(damaged));
      }),
    );
  });
});

describe("an array", () => {
  const element = fc.oneof(fc.constant(null), fc.string({ unit: "binary" }), fc.constantFrom("NULL", "{}", 'a"b', "\\", ",", " x "));
  const nested = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.array(fc.oneof({ depthSize: "small", maxDepth: 4 }, element, tie("tree")), { maxLength: 5 }),
  })).tree;

  function print(value: unknown): string {
    if (Array.isArray(value)) return `{${value.map(print).join(",")}}`;
    return value === null ? "NULL" : `"${(value as string).replaceAll(/["\\]/g, "\\$&")}"`;
  }

  test("is read as it was printed", () => {
    fc.assert(
      fc.property(nested, (value) => {
        expect(parseArray(print(value), (text) => text)).toEqual(value);
      }),
    );
  });

  test.each(["", "x", "{", "{1", '{"a', '{"a\\', "{1}}", "{1}x", "{,}", "{1,}", "[0:1]", "{{{{{{{1}}}}}}}"])("%j is no array", (text) => {
    expect(parseArray(text, (element) => element)).toBeUndefined();
  });

  test("of any text is read or is none, in time that grows with it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("{", "}", '"', ",", "\\", "a", "[", "]", "=") }),
        (text) => void parseArray(text, (element) => element),
      ),
    );
    expect(parseArray("{".repeat(100_000), (element) => element)).toBeUndefined();
    expect(parseArray(`{${'"\\\\",'.repeat(100_000)}1}`, (element) => element)).toHaveLength(100_001);
  });
});

describe("a position", () => {
  const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const position = fc.record({
    system: fc.bigInt({ min: 1n, max: 2n ** 63n }).map(String),
    timeline: fc.nat(),
    lsn,
    within: fc.option(fc.record({ change: lsn, index: fc.nat() }), { nil: undefined }),
  });

  test("is read as it was written", () => {
    fc.assert(
      fc.property(position, (one) => {
        expect(parsePosition(formatPosition(one))).toEqual(one);
      }),
    );
    fc.assert(
      fc.property(lsn, (one) => {
        expect(parseLsn(formatLsn(one))).toBe(one);
      }),
    );
  });

  test.each(["", "1:1", "1:1:2", "a:1:0/1", "1:1:0/1:", "1:1:0/1:0/1", "1:1:0/1:0/1:x", "1:1:0/1:0/1:0:0", "1:1:123456789/0"])(
    "%j is none",
    (text) => {
      expect(parsePosition(text)).toBeUndefined();
    },
  );
});

describe("reading starts", () => {
  const server: ServerState = {
    system: "7",
    timeline: 3,
    end: 100n,
    history: [
      { timeline: 1, left: 20n },
      { timeline: 2, left: 60n },
    ],
    slot: { confirmed: 10n, lost: false },
  };
  const at = (timeline: number, lsn: bigint, system = "7"): Position => ({
    system,
    timeline,
    lsn,
    within: undefined,
  });

  test.each([
    ["where the slot is, without a position", undefined, server, { kind: "at", lsn: 10n }],
    ["at the position", at(3, 50n), server, { kind: "at", lsn: 50n }],
    ["at the very end", at(3, 100n), server, { kind: "at", lsn: 100n }],
    ["at the very beginning", at(3, 10n), server, { kind: "at", lsn: 10n }],
    ["on an earlier timeline, before it was left", at(2, 60n), server, { kind: "at", lsn: 60n }],
    [
      "not on an earlier timeline, after it was left",
      at(1, 21n),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("left timeline 1 at 0/14") },
    ],
    [
      "not on a timeline of others",
      at(4, 50n),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("does not descend from timeline 4") },
    ],
    [
      "not on another cluster",
      at(3, 50n, "8"),
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("another database cluster") },
    ],
    ["not after the end", at(3, 101n), server, { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("ends at 0/64") }],
    [
      "not inside a transaction whose commit would begin where the log ends",
      { ...at(3, 100n), within: { change: 90n, index: 0 } },
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("ends at 0/64") },
    ],
    [
      "not inside a transaction whose commit would begin where its timeline was left",
      { ...at(2, 60n), within: { change: 50n, index: 0 } },
      server,
      { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("left timeline 2 at 0/3C") },
    ],
    ["not before the slot", at(3, 9n), server, { kind: "lost", earliest: "7:3:0/A", why: expect.stringContaining("moved on to 0/A") }],
    [
      "not without a slot",
      at(3, 50n),
      { ...server, slot: undefined },
      { kind: "lost", earliest: undefined, why: expect.stringContaining("is gone") },
    ],
    [
      "not on a lost slot",
      at(3, 50n),
      { ...server, slot: { confirmed: 10n, lost: true } },
      { kind: "lost", earliest: undefined, why: expect.stringContaining("removed") },
    ],
    [
      "not without a slot or position",
      undefined,
      { ...server, slot: undefined },
      { kind: "misconfigured", why: expect.stringContaining('"backstitch setup"') },
    ],
    [
      "not on a lost slot without a position",
      undefined,
      { ...server, slot: { confirmed: 10n, lost: true } },
      { kind: "misconfigured", why: expect.stringContaining("drop it") },
    ],
  ] as const)("%s", (_name, position, state, start) => {
    expect(startFrom("shop", position, state)).toEqual(start);
  });
});
