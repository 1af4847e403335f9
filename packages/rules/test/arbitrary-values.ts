import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { eventOf } from "./cases.ts";

/** Few words and few numbers, so that rules and events meet, and all that compares in ways of its own. */
export const texts = [
  "",
  "a",
  "ab",
  "abc",
  "abcabc",
  "xabc",
  "gold",
  "bold",
  "GOLD",
  "5",
  "10",
  "5px",
  "KILO",
  "kilo",
  "\u212ailo",
  "gro\u017fs",
  "\u{1f600}",
  "\uffff",
  "[1]",
];
export const numbers = [0, 1, 2, 5, 5.5, -1, 1e23, 9007199254740992, 0.1];
export const written: readonly Value[] = [
  ...texts,
  ...numbers,
  null,
  true,
  false,
  [1],
  [1, "a"],
  [],
  { sku: "a" },
  { sku: "a", n: 1 },
  { $numberLong: "9007199254740993" },
  { $numberDecimal: "1.00" },
  { $numberDecimal: "5.0000000000000000000001" },
  { $numberDecimal: "1E+23" },
  { $numberLong: "100000000000000000000000" },
];
export const plain = written.filter(
  (value) => !(typeof value === "object" && value !== null && Object.keys(value).some((key) => key.startsWith("$"))),
);
const held: readonly Value[] = [
  ...plain,
  NaN,
  Infinity,
  -0,
  1n,
  5n,
  9007199254740993n,
  10n ** 23n,
  ...["1", "1.00", "5.5", "4.9999999999999999999999", "5.0000000000000000000001", "1E+23", "0.10"].map((text) => Decimal.parse(text)),
  [[1]],
  [0, 5],
  ["a", "gold"],
  [NaN, "ab", 2n],
  [
    { sku: "a", n: 1 },
    { sku: "b", n: 5 },
  ],
  [{ sku: ["a", "abc"], n: [0, 9] }, "a", null],
  { b: 1, c: "a" },
  { b: [{ c: "a" }, { c: ["ab", 5] }] },
  [{ l: [{ sku: "a" }, { n: 5 }] }, { l: "a" }],
];

export const names = ["q", "r", "name", "items", "a"];

const value = fc.constantFrom(...held);
const row = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5, noNullPrototype: true });
const unsent = fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.subarray(["q", "r", "items", "*"]) });

/** Events that such rules look at, with any part not sent. */
export const anyEvent: fc.Arbitrary<ChangeEvent> = fc
  .record({
    operation: fc.constantFrom("insert", "update", "update", "replace", "delete"),
    collection: fc.constantFrom("orders", "orders", "others"),
    origin: fc.constantFrom("log", "log", "snapshot"),
    after: fc.oneof({ weight: 9, arbitrary: row }, { weight: 1, arbitrary: fc.constant(null) }),
    before: fc.oneof({ weight: 6, arbitrary: row }, { weight: 2, arbitrary: fc.constantFrom(null, undefined) }),
    key: fc.constantFrom({ id: 1 }, { id: "a" }, null),
    unsent,
    changed: fc.option(fc.subarray(names), { nil: undefined }),
  })
  .map((differences) => eventOf(differences as never));
