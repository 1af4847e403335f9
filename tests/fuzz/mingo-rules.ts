import { Decimal, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { Random } from "../support/random.ts";
import type { Trial } from "./oracle.ts";
import { anything, chance, dateLike, flat, list, NO_MOMENTS, object, pick, ruleDate, ruleNumber, scalar, text } from "./mingo-values.ts";

/**
 * What may be asked of a field. The limits are mingo's, where it says otherwise than MongoDB:
 * - `$regex`, and any operator below a dot, also looks into lists in the list; in MongoDB a list in a list is one element.
 *   So `$regex` is not asked of fields with such lists, and what stands below a dot has none.
 * - An operator of `$elemMatch` looks into an element that is a list; in MongoDB it is about the element.
 * - `$size`, `$exists`, null and lists are asked of what a path gathered from a list of rows; in MongoDB of each row's own.
 * "Other than in MongoDB" in docs/rules.md, 1 (order of fields) and 4 (numbers in paths), is as in mingo; 2, 5, 6 and 7 are seen to below.
 */
interface Kind {
  /** A random right side of `$eq`, and an item of `$in` and `$all`. */
  readonly operand: (random: Random) => Value;
  /** A random right side of `$gt` and its kin. */
  readonly ordered: (random: Random) => Value;
  /** Whether `$regex` may be asked. */
  readonly regex: boolean;
  /** What may be asked of an element by `$elemMatch`. */
  readonly elements?: Kind | "fields";
  /** Only what is true of some scalar: no `$exists`, `$size` and `$all`. */
  readonly scalarsOnly?: true;
  /** No `$path`: what it reads would be a date to mingo on one side and a text on the other, or null or a list where they are not asked. */
  readonly writtenOnly?: true;
  /** No logic, `$in` or `$all`: mingo knows none of these in an `$elemMatch` in an `$elemMatch`, or looks into the element. */
  readonly plain?: true;
}

const ruleScalar = (random: Random): Value => scalar(random, ruleNumber);
const ruleOrdered = (random: Random): Value => (chance(random, 65) ? ruleNumber(random) : text(random));
const ruleAnything = (random: Random): Value => (chance(random, 3) ? { $literal: "%%values.x" } : anything(random, 2, ruleScalar));
const dateOperand = (random: Random): Value =>
  anything(random, 1, (random) => (chance(random, 80) ? ruleDate(random) : pick(random, [null, true, Decimal.parse("1"), ...NO_MOMENTS])));

const ELEMENT: Kind = { operand: ruleScalar, ordered: ruleOrdered, regex: true };
const INNER: Kind = { ...ELEMENT, plain: true };
const ROW: Kind = {
  operand: (random) => list(random, ruleScalar),
  ordered: ruleOrdered,
  regex: false,
  elements: INNER,
  plain: true,
  writtenOnly: true,
};
const ANY: Kind = { operand: ruleAnything, ordered: ruleOrdered, regex: false };
const FLAT: Kind = { operand: ruleAnything, ordered: ruleOrdered, regex: true };
const TEXT: Kind = { operand: (random) => (chance(random, 80) ? text(random) : ruleAnything(random)), ordered: text, regex: true };
const DATE: Kind = { operand: dateOperand, ordered: ruleDate, regex: false, writtenOnly: true };
const SOME: Kind = {
  operand: (random) => (chance(random, 70) ? ruleNumber(random) : text(random)),
  ordered: ruleOrdered,
  regex: true,
  scalarsOnly: true,
  writtenOnly: true,
};

/** Paths, and what may be asked there. */
const FIELDS: readonly (readonly [path: string, kind: Kind])[] = [
  ["after.x", ANY],
  ["after.y", ANY],
  ["after.7", ANY],
  ['after["a.b"]', ANY],
  ["before.x", ANY],
  ["after.s", TEXT],
  ["after.o.a", FLAT],
  ["after.o.b.c", FLAT],
  ["after.o.0", FLAT],
  ["after.o.toString", FLAT],
  ["after.o", ANY],
  ["after.list", { ...FLAT, elements: ELEMENT }],
  ["after.list", { ...FLAT, elements: ELEMENT }],
  ["after.list.0", FLAT],
  ["after.list[1].a", FLAT],
  ["after.grid", { ...ANY, elements: ROW }],
  ["after.grid", { ...ANY, elements: ROW }],
  ["after.grid.0", { ...FLAT, elements: INNER }],
  ["after.rows", { ...FLAT, elements: "fields" }],
  ["after.rows", { ...FLAT, elements: "fields" }],
  ["after.rows.n", FLAT],
  ["after.rows.s", TEXT],
  ["after.rows.at", DATE],
  ["after.rows.subs.n", FLAT],
  ["after.rows.0.n", FLAT],
  ["after.items.k", SOME],
  ["after.items.sub.k", SOME],
  ["after.at", DATE],
  ["after.at", DATE],
  ["before.at", DATE],
  ["after.ats", { ...DATE, elements: DATE }],
];
/** Fields of the elements of `rows`. */
const ELEMENT_FIELDS: readonly (readonly [path: string, kind: Kind])[] = [
  ["n", FLAT],
  ["s", TEXT],
  ["at", DATE],
  ["subs.n", FLAT],
  ["subs", { ...FLAT, elements: "fields" }],
];
/** What the right side may read. No date is among them: mingo would be given a date here and a text there. */
const PATHS = ["after.x", "after.y", "after.s", "after.list", "after.o.a", "after.list.0", "after.gone", 'after["a.b"]', "before.x"];

/** They mean the same to RE2 and to JavaScript with its flag u. MongoDB's engine differs from both in that its $ also stands before a last line end. */
const PATTERNS = ["a", "^a", "b$", "^$", "a.b", "(foo|ba)+", "[a-c]{2}", "^\\d+$", "\\.", "é", "^.$", "(?:a|é)b?", "\\bfoo\\b", "[^a]"];
const OPTIONS = ["", "i", "m", "s", "im", "is"];

/** A random rule, and rows that its paths reach. */
export function mingoTrial(random: Random, { rules, events }: { readonly rules: number; readonly events: number }): Trial {
  return {
    whens: Array.from({ length: rules }, () => expression(random, 2, FIELDS)),
    conditions: { named: expression(random, 1, FIELDS) },
    events: Array.from({ length: events }, () => ({
      after: rowOf(random),
      before: chance(random, 10) ? null : rowOf(random, ["x", "at"]),
    })),
  };
}

function expression(random: Random, depth: number, fields: typeof FIELDS): Value {
  const entries = Array.from({ length: chance(random, 35) ? 2 : 1 }, () => entry(random, depth, fields));
  return rowFrom(entries);
}

function entry(random: Random, depth: number, fields: typeof FIELDS): readonly [string, Value] {
  const kind = depth === 0 ? 9 : random.below(10);
  const inner = (): Value => expression(random, depth - 1, fields);
  if (kind < 3) return [pick(random, ["$and", "$or", "$nor"]), Array.from({ length: 1 + random.below(3) }, inner)];
  if (kind === 3) return ["$not", fields === FIELDS && chance(random, 5) ? chance(random, 50) : inner()];
  if (kind === 4 && fields === FIELDS && depth === 2) return ["$condition", "named"];
  const [path, asked] = pick(random, fields);
  return [path, chance(random, 25) ? bare(random, asked) : operators(random, 1, asked)];
}

function bare(random: Random, { operand, writtenOnly }: Kind): Value {
  return writtenOnly === undefined && chance(random, 1) ? { $path: pick(random, PATHS) } : operand(random);
}

function operators(random: Random, depth: number, kind: Kind): Row {
  const roll = depth === 0 || kind.plain === true ? 9 : random.below(12);
  const inner = (): Value => operators(random, depth - 1, kind);
  if (roll < 2) return { [pick(random, ["$and", "$or", "$nor"])]: [inner(), inner()] };
  if (roll === 2) return { $not: inner() };
  const one = operator(random, kind);
  return chance(random, 25) ? { ...operator(random, kind), ...one } : one;
}

const ORDERINGS = ["$gt", "$gte", "$lt", "$lte"];

function operator(random: Random, kind: Kind): Row {
  const { operand, ordered, regex, elements, scalarsOnly, plain, writtenOnly } = kind;
  const roll = random.below(20);
  const items = (): Value[] => Array.from({ length: random.below(4) }, () => operand(random));
  if (elements !== undefined && roll < 8) return { $elemMatch: elementOf(random, elements) };
  if (roll < 6) {
    const bound = writtenOnly === undefined && chance(random, 1) ? { $path: pick(random, PATHS) } : ordered(random);
    return { [pick(random, ORDERINGS)]: bound };
  }
  if (roll < 9) return { [pick(random, ["$eq", "$ne"])]: bare(random, kind) };
  if (roll < 13 && plain === undefined) return { [pick(random, ["$in", "$nin"])]: membership(random, kind, items()) };
  if (roll < 15 && regex) {
    return { $regex: pick(random, PATTERNS), ...(chance(random, 40) ? { $options: pick(random, OPTIONS) } : {}) };
  }
  if (scalarsOnly === true) return { $eq: operand(random) };
  if (roll < 16) return { $exists: chance(random, 50) };
  if (roll < 18 || plain === true) return { $size: random.below(4) };
  return { $all: elements !== undefined && chance(random, 50) ? [{ $elemMatch: elementOf(random, elements) }] : items() };
}

function membership(random: Random, { writtenOnly }: Kind, items: Value[]): Value {
  if (writtenOnly === true || chance(random, 98)) return items;
  return chance(random, 50) ? { $path: pick(random, PATHS) } : [...items, { $path: pick(random, PATHS) }];
}

function elementOf(random: Random, elements: Kind | "fields"): Value {
  return elements === "fields" ? expression(random, 1, ELEMENT_FIELDS) : operators(random, 1, elements);
}

/** Each field is made so that what is asked of it above is something that mingo can be trusted with. */
const ROW_FIELDS: Readonly<Record<string, (random: Random) => Value>> = {
  x: (random) => anything(random, 3),
  y: (random) => anything(random, 2),
  7: (random) => anything(random, 2),
  "a.b": (random) => anything(random, 1),
  s: (random) => (chance(random, 70) ? text(random) : list(random, scalar)),
  o: (random) => (chance(random, 15) ? scalar(random) : objectOf(random)),
  list: (random) => (chance(random, 85) ? list(random, part) : part(random)),
  grid: (random) =>
    chance(random, 90) ? list(random, (random) => (chance(random, 90) ? list(random, scalar) : scalar(random))) : scalar(random),
  rows: (random) => rowsOf(random, 1),
  items: (random) => (chance(random, 85) ? list(random, itemOf) : itemOf(random)),
  at: (random) => anything(random, 2, dateLike),
  ats: (random) => flat(random, dateLike),
};

function rowOf(random: Random, names: readonly string[] = Object.keys(ROW_FIELDS)): Row {
  const some = names.filter(() => chance(random, 85));
  return rowFrom(some.map((name) => [name, ROW_FIELDS[name]?.(random) ?? null] as const));
}

function part(random: Random): Value {
  return chance(random, 15) ? object(random, scalar) : scalar(random);
}

function objectOf(random: Random): Row {
  const b = (random: Random): Value => (chance(random, 80) ? { c: flat(random) } : scalar(random));
  return { ...object(random, flat, ["a", "0", "toString"]), ...object(random, b, ["b"]) };
}

function rowsOf(random: Random, depth: number): Value {
  const element = (random: Random): Value => (chance(random, 90) ? elementRow(random, depth) : scalar(random));
  return chance(random, 90) ? list(random, element) : element(random);
}

function elementRow(random: Random, depth: number): Row {
  return {
    ...object(random, flat, ["n"]),
    ...object(random, text, ["s"]),
    ...object(random, (random) => flat(random, dateLike), ["at"]),
    ...(depth > 0 ? object(random, (random) => rowsOf(random, depth - 1), ["subs"]) : {}),
  };
}

function itemOf(random: Random): Value {
  if (chance(random, 10)) return scalar(random);
  return {
    ...object(random, scalar, ["k"]),
    ...object(random, (random) => (chance(random, 90) ? object(random, scalar, ["k"]) : scalar(random)), ["sub"]),
  };
}
