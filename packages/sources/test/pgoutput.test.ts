import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseArray } from "../src/postgres/array.ts";
import { formatLsn, parseLsn } from "../src/postgres/lsn.ts";
import { decodeMessage, MalformedMessage } from "../src/postgres/pgoutput.ts";
import { formatPosition, parsePosition } from "../src/postgres/position.ts";
import { textOf, type RowBytes, type Spans, NULL, UNSENT } from "../src/postgres/row-bytes.ts";
import { createRowIds } from "../src/postgres/row-ids.ts";
import { decodeRow, isRowMessage } from "../src/postgres/row-message.ts";
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

function read(buffer: Buffer, at = 0, end = buffer.length): unknown {
  if (!isRowMessage(buffer[at])) return decodeMessage(buffer.subarray(at, end));
  const { kind, relation, bytes, before, after } = decodeRow(buffer, at, end);
  const old = before === undefined ? undefined : { whole: before.whole, cells: textsOf(bytes, before.cells) };
  return { kind, relation, before: old, after: after === undefined ? undefined : textsOf(bytes, after) };
}

function textsOf(bytes: RowBytes, cells: Spans): unknown {
  return Array.from({ length: cells.length / 2 }, (_, index) => {
    const [start = 0, end = 0] = cells.slice(2 * index);
    return start === NULL ? null : start === UNSENT ? undefined : textOf(bytes, start, end);
  });
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
  ["the start of a part of a transaction", Buffer.concat([Buffer.from("S"), int(7, 4), int(1, 1)]), { kind: "stream-start", xid: 7 }],
  ["its end", Buffer.from("E"), { kind: "stream-stop" }],
  [
    "the commit of a transaction that was sent in parts",
    Buffer.concat([Buffer.from("c"), int(7, 4), Buffer.from([0]), int(0, 4), int(8, 4), int(1, 4), int(9, 4), Buffer.alloc(8, 0xff)]),
    { kind: "stream-commit", xid: 7, commit: 8n, end: 0x100000009n, committedAt: -1n },
  ],
  ["what was rolled back", Buffer.concat([Buffer.from("A"), int(7, 4), int(9, 4)]), { kind: "stream-abort", top: 7, xid: 9 }],
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
    expect(read(bytes)).toEqual(message);
    expect(read(Buffer.concat([Buffer.from("head"), bytes, Buffer.from("tail")]), 4, 4 + bytes.length)).toEqual(message);
  });

  test.each(MESSAGES.slice(0, 5))("%s that is cut anywhere is refused in a sentence", (_name, bytes) => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(decoded(() => read(Buffer.concat([bytes.subarray(0, length), bytes]), 0, length))).toBe("refused");
  });

  test("of random bytes is understood or refused, and nothing else", () => {
    const tags = fc.constantFrom("B", "C", "R", "Y", "I", "U", "D", "T", "O", "M", "S", "c");
    fc.assert(
      fc.property(
        tags,
        fc.uint8Array({ maxLength: 200 }),
        (tag, rest) => void decoded(() => read(Buffer.concat([Buffer.from(tag), rest]))),
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decoded(() => readStreamMessage(Buffer.from(bytes), 0, bytes.length))),
    );
  });

  test("with bytes changed is understood or refused", () => {
    fc.assert(
      fc.property(fc.constantFrom(...MESSAGES), fc.nat(), fc.nat(255), ([, bytes], at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[at % damaged.length] = value;
        decoded(() => read(damaged));
      }),
    );
  });
});

test("an id has the change's LSN in hexadecimal digits, without zeros in front", () => {
  const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          lsn,
          lsn.map((one) => one & 0x1fffn),
        ),
      ),
      (all) => {
        const idOf = createRowIds("p/");
        const ids = all.map((one, index) => idOf(Number(one >> 32n), Number(one & 0xffffffffn), index));
        expect(ids).toEqual(all.map((one, index) => `p/${one.toString(16).toUpperCase()}/${index}`));
      },
    ),
  );
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
