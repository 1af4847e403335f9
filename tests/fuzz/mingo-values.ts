import { Decimal, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Random } from "../support/random.ts";

/**
 * Numbers from the lowest to the highest; those in one row are equal. mingo is given their place in this table: it compares doubles,
 * and would lose the digits that are compared here. A row with `double` is also a JavaScript number: "Other than in MongoDB", 3.
 */
const NUMBERS: readonly { readonly texts: readonly string[]; readonly double?: number }[] = [
  { texts: [], double: -Infinity },
  { texts: ["-1e400"] },
  { texts: ["-1.7976931348623157e308"], double: -Number.MAX_VALUE },
  { texts: ["-9223372036854776000", "-9223372036854776000.0"], double: -(2 ** 63) },
  { texts: ["-9223372036854775809"] },
  { texts: ["-9223372036854775808"] },
  { texts: ["-9007199254740993"] },
  { texts: ["-9007199254740992"], double: -(2 ** 53) },
  { texts: ["-1.5", "-1.50"], double: -1.5 },
  { texts: ["-1", "-1.0"], double: -1 },
  { texts: ["-1e-400"] },
  { texts: ["0", "0.00", "0e5"], double: 0 },
  { texts: ["-0", "-0.0"], double: -0 },
  { texts: ["1e-400"] },
  { texts: ["5e-324"], double: 5e-324 },
  { texts: ["0.1", "0.10"], double: 0.1 },
  { texts: ["0.1000000000000000055511151231257827"] },
  { texts: ["0.3"], double: 0.3 },
  { texts: ["0.30000000000000004"], double: 0.1 + 0.2 },
  { texts: ["1", "1.0", "1e0"], double: 1 },
  { texts: ["1.0000000000000000000000000001"] },
  { texts: ["2", "2.00"], double: 2 },
  { texts: ["2.5", "25e-1"], double: 2.5 },
  { texts: ["10", "1e1"], double: 10 },
  { texts: ["9007199254740991"], double: 2 ** 53 - 1 },
  { texts: ["9007199254740992"], double: 2 ** 53 },
  { texts: ["9007199254740993"] },
  { texts: ["9007199254740993.5"] },
  { texts: ["9223372036854775807"] },
  { texts: ["9223372036854775808"] },
  { texts: ["9223372036854776000"], double: 2 ** 63 },
  { texts: ["1000000000000000000000", "1e21", "1E+21"], double: 1e21 },
  { texts: ["100000000000000000000000", "1e23"], double: 1e23 },
  { texts: ["1.7976931348623157e308"], double: Number.MAX_VALUE },
  { texts: ["1e400"] },
  { texts: [], double: Infinity },
];
/** Zero is one number with two signs. */
const NEGATIVE_ZERO = NUMBERS.findIndex(({ double }) => Object.is(double, -0));
const FREQUENT = NUMBERS.flatMap(({ texts }, rank) => (["0", "1", "2", "2.5", "10"].includes(texts[0] ?? "") ? [rank] : []));

/** Moments from the first to the last; those in one row are the same, `ms` counts it from 1970. mingo is given their place here: its dates end at milliseconds. */
const MOMENTS: readonly { readonly texts: readonly string[]; readonly ms?: number }[] = [
  { texts: ["0001-01-01T00:00:00Z", "0000-12-31T23:59:00-00:01"] },
  { texts: ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999000Z"], ms: -1 },
  { texts: ["1969-12-31T23:59:59.9999Z"] },
  { texts: ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "1969-12-31T19:00:00.000-05:00"], ms: 0 },
  { texts: ["1970-01-01T00:00:00.000001Z"] },
  { texts: ["1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00.001000Z"], ms: 1 },
  {
    texts: ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z", "2024-02-29t12:00:00z", "2024-02-29T14:30:00+02:30"],
    ms: 1_709_208_000_000,
  },
  { texts: ["2024-02-29T12:00:00.1Z", "2024-02-29T12:00:00.100000000000Z"], ms: 1_709_208_000_100 },
  { texts: ["2024-02-29T12:00:00.1000000001Z"] },
  { texts: ["2024-02-29T12:00:00.12Z"], ms: 1_709_208_000_120 },
  { texts: ["2024-03-01T00:00:00Z", "2024-02-29T23:00:00-01:00"], ms: 1_709_251_200_000 },
  { texts: ["9999-12-31T23:59:59.999999Z"] },
];
/** Almost, but no RFC 3339 timestamps: to mingo they stay texts. */
export const NO_MOMENTS = [
  "2024-02-29",
  "2023-02-29T12:00:00Z",
  "2024-02-29T12:00:00",
  "2024-02-29 12:00:00Z",
  "2024-02-29T24:00:00Z",
  "2024-02-29T12:00:60Z",
  "now",
  "",
];

/** No character from U+E000 to U+FFFF beside one beyond: mingo orders texts by UTF-16 unit, MongoDB by UTF-8 byte. No line end but \n: a dot of JavaScript's stops at more. */
const TEXTS = [
  "",
  "a",
  "b",
  "ab",
  "A",
  "foo",
  "foobar",
  "é",
  "e\u0301",
  "ß",
  "😀",
  "a\nb",
  "10",
  "2",
  "null",
  "2024-02-29T12:00:00Z",
  "a.b",
  "\ud7ff",
];

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item;
}

export function chance(random: Random, percent: number): boolean {
  return random.below(100) < percent;
}

function times<Item>(random: Random, most: number, make: () => Item): Item[] {
  return Array.from({ length: random.below(most + 1) }, make);
}

function numberRow(random: Random): (typeof NUMBERS)[number] {
  return NUMBERS[chance(random, 70) ? pick(random, FREQUENT) : random.below(NUMBERS.length)] ?? { texts: ["0"] };
}

/** A number as a row holds it. */
function rowNumber(random: Random): Value {
  if (chance(random, 2)) return NaN;
  const { texts, double } = numberRow(random);
  if (double !== undefined && (texts.length === 0 || chance(random, 50))) return double;
  const text = pick(random, texts);
  return /^-?\d+$/.test(text) && chance(random, 50) ? BigInt(text) : Decimal.parse(text);
}

/** A number as a rule spells it: in digits, or in one of the forms of extended JSON. */
export function ruleNumber(random: Random): Value {
  if (chance(random, 2)) return { [pick(random, ["$numberDouble", "$numberDecimal"])]: "NaN" };
  const { texts, double } = numberRow(random);
  if (double !== undefined && (texts.length === 0 || chance(random, 15)))
    return { $numberDouble: Object.is(double, -0) ? "-0.0" : String(double) };
  const text = pick(random, texts);
  if (chance(random, 70)) return Decimal.parse(text);
  const bits = /^-?\d+$/.test(text)
    ? Math.abs(Number(text)) < 2 ** 31
      ? "$numberInt"
      : Math.abs(Number(text)) < 2 ** 62
        ? "$numberLong"
        : undefined
    : undefined;
  return { [bits !== undefined && chance(random, 50) ? bits : "$numberDecimal"]: text };
}

/** `{"$date": …}` in one of its forms. */
export function ruleDate(random: Random): Row {
  const { texts, ms } = pick(random, MOMENTS);
  if (ms === undefined || chance(random, 50)) return { $date: pick(random, texts) };
  return { $date: chance(random, 50) ? ms : { $numberLong: String(ms) } };
}

export function text(random: Random): string {
  return pick(random, TEXTS);
}

/** Null, a boolean, a number or a text. */
export function scalar(random: Random, number: (random: Random) => Value = rowNumber): Value {
  const kind = random.below(10);
  return kind === 0 ? null : kind === 1 ? chance(random, 50) : kind < 7 ? number(random) : text(random);
}

/** A list of what `make` makes. */
export function list(random: Random, make: (random: Random) => Value): Value {
  return times(random, 3, () => make(random));
}

export function object(random: Random, make: (random: Random) => Value, names: readonly string[] = ["a", "b", "0"]): Row {
  return rowFrom(names.filter(() => chance(random, 40)).map((name) => [name, make(random)] as const));
}

/** Anything, with lists in lists to this depth; `leaf` makes what has no parts. */
export function anything(random: Random, depth: number, leaf: (random: Random) => Value = scalar): Value {
  const kind = depth === 0 ? 0 : random.below(8);
  if (kind < 5) return leaf(random);
  const inner = (random: Random): Value => anything(random, depth - 1, leaf);
  return kind === 5 ? object(random, inner) : list(random, inner);
}

/** A scalar, an object of scalars, or a list of those: no list in a list. */
export function flat(random: Random, leaf: (random: Random) => Value = scalar): Value {
  const part = (random: Random): Value => (chance(random, 15) ? object(random, leaf) : leaf(random));
  return chance(random, 35) ? list(random, part) : part(random);
}

/** What a column of timestamps may hold, and what may be in its place. */
export function dateLike(random: Random): Value {
  const kind = random.below(20);
  if (kind === 0) return scalar(random);
  return kind < 4 ? pick(random, NO_MOMENTS) : pick(random, pick(random, MOMENTS).texts);
}

const RANKS = new Map(
  NUMBERS.flatMap(({ texts, double }, index) => {
    const rank = index === NEGATIVE_ZERO ? index - 1 : index;
    return [...texts, ...(double === undefined ? [] : [String(double)])].map((text) => [text, rank] as const);
  }),
);
const MOMENT_RANKS = new Map(MOMENTS.flatMap(({ texts, ms }, rank) => [...texts, ms].map((spelling) => [String(spelling), rank] as const)));

/** mingo takes NaN for neither less nor more than any number, and so for at least and at most each of them; in MongoDB it compares with itself alone. */
const NOT_A_NUMBER = Symbol("NaN");

/** What mingo is given for a number. */
export function rankOf(number: number | bigint | Decimal | string): number | symbol {
  if (Number.isNaN(number) || number === "NaN") return NOT_A_NUMBER;
  const rank = RANKS.get(Object.is(number, -0) || number === "-0.0" ? "0" : String(number));
  if (rank === undefined) throw new RangeError(`${String(number)} is not in the table.`);
  return rank;
}

/** What mingo is given for a timestamp or for milliseconds since 1970; undefined where it is none. */
export function momentOf(spelling: string): Date | undefined {
  const rank = MOMENT_RANKS.get(spelling);
  return rank === undefined ? undefined : new Date(rank);
}
