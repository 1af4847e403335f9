import fc from "fast-check";
import { expect, test } from "vitest";
import { keyOf, relationFrom, rowOf } from "../src/postgres/relation.ts";
import { decodeRow } from "../src/postgres/row-message.ts";
import { createRowReader } from "../src/postgres/row-reader.ts";
import { cell, int, tuple } from "./support/messages.ts";

const digits = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const safe = fc.integer({ min: -(10 ** 15), max: 10 ** 15 }).map(String);
const moment = fc
  .tuple(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), fc.constantFrom("", ".5", ".789012", ".78901"))
  .map(([at, fraction]) => `${at.toISOString().slice(0, 19).replace("T", " ")}${fraction}`);
const strange = fc.constantFrom("infinity", "12345-01-01 00:00:00.12345+00", "0044-03-15 00:00:00.123456+00 BC", "0044-03-15 00:00:00 BC");

/** OID, and texts as the server prints them. */
const TYPES: readonly (readonly [number, fc.Arbitrary<string>])[] = [
  [16, fc.constantFrom("t", "f")],
  [20, fc.oneof(digits, safe)],
  [23, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(String)],
  [25, fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme", minLength: 60, maxLength: 300 }))],
  [1114, fc.oneof(moment, strange)],
  [
    1184,
    fc.oneof(
      moment.map((text) => `${text}+00`),
      strange,
    ),
  ],
  [1700, fc.constantFrom("12.50", "NaN", "-0.1", "99999999999999999999")],
  [1007, fc.constantFrom("{1,NULL}", "{}")],
];

const column = fc.constantFrom(...TYPES).chain(([typeId, text]) =>
  fc.record({
    typeId: fc.constant(typeId),
    text: fc.oneof({ weight: 5, arbitrary: text }, fc.constantFrom(null, undefined)),
    identifies: fc.boolean(),
  }),
);

test("a row is the same whether it is read from its bytes or from its texts", () => {
  const several = fc.oneof(fc.array(column, { maxLength: 12 }), fc.array(column, { minLength: 201, maxLength: 203 }));
  fc.assert(
    fc.property(several, fc.boolean(), (columns, odd) => {
      const named = columns.map((one, index) => ({ ...one, name: index === 0 && odd ? "__proto__" : `a "${index}` }));
      const relation = relationFrom({ kind: "relation", id: 7, schema: "public", name: "item", identity: "d", columns: named }, new Map());
      const reader = createRowReader(relation);
      const cells = columns.map(({ text }) => (text === undefined ? Buffer.from("u") : text === null ? Buffer.from("n") : cell(text)));
      const bytes = Buffer.concat([Buffer.from("headI"), int(7, 4), tuple("N", ...cells)]);
      const message = decodeRow(bytes, 4, bytes.length);
      const texts = columns.map(({ text }) => text);
      const got = [reader.row(message.bytes, message.after ?? []), reader.key(message.bytes, message.after ?? [])];
      expect(got).toEqual([rowOf(relation, texts), keyOf(relation, texts)]);
      expect(Object.keys(got[0] ?? {})).toEqual(Object.keys(rowOf(relation, texts)));
      expect(Object.getPrototypeOf(got[0])).toBe(Object.prototype);
    }),
    { numRuns: 300 },
  );
});
