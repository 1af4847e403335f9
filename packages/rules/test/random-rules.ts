import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Value } from "@backstitch/core/values";
import { eventOf } from "./cases.ts";

/** Chooses: the same seed chooses the same. */
export interface Random {
  below(most: number): number;
  one<Item>(items: readonly [Item, ...Item[]]): Item;
  several<Item>(most: number, make: () => Item): Item[];
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const below = (most: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
  return {
    below,
    one: (items) => items[below(items.length)] ?? items[0],
    several: (most, make) => Array.from({ length: below(most + 1) }, make),
  };
}

const SCALARS: readonly [Value, ...Value[]] = [null, 0, 1, 2, 5, "a", "b", "", true, false, 2n ** 60n, Decimal.parse("1.0")];
const WRITTEN = [null, 0, 1, 2, 5, "a", "b", "", true, false] as const;
const FIELDS = ["after.a", "after.b", "after.items", "after.items.n", "after.items.0.n", "after.row.a", "before.a", "key.id"] as const;

/** A condition in the dialect of expressions. */
export function expression(random: Random, depth = 3): object {
  const { one, below, several } = random;
  if (depth > 0 && below(3) === 0) {
    const key = one(["$and", "$or", "$nor"]);
    return { [key]: [expression(random, depth - 1), ...several(2, () => expression(random, depth - 1))] };
  }
  if (depth > 0 && below(8) === 0) return { $not: expression(random, depth - 1) };
  if (below(10) === 0) return { $condition: one(["vip", "big-vip", "gold"]) };
  return Object.fromEntries([...several(1, () => field(random)), field(random)]);
}

function field(random: Random): readonly [string, unknown] {
  const { one, below } = random;
  if (below(6) === 0) return [one(["after.a", "after.row.a", "before.b"]), change(random)];
  if (below(8) === 0)
    return ["after.items", { $elemMatch: below(2) === 0 ? operators(random) : { n: operators(random), a: one(WRITTEN) } }];
  return [one(FIELDS), below(4) === 0 ? one(WRITTEN) : operators(random)];
}

function change({ one }: Random): object {
  return one<object>([
    { $changed: true },
    { $changed: false },
    { $changedFrom: one(WRITTEN) },
    { $changedTo: { $path: "after.b" } },
    { $increasedBy: 1 },
    { $decreasedBy: { $path: "key.id" } },
  ]);
}

function operators(random: Random): object {
  const { one, below } = random;
  const right = below(4) === 0 ? { $path: one(["after.b", "before.a", "after.row.a"]) } : one([0, 1, 2, "a"]);
  return one<object>([
    { $eq: right },
    { $ne: right },
    { $lt: right },
    { $gte: right },
    { $in: [one(WRITTEN), right] },
    { $nin: [one(WRITTEN)] },
    { $exists: below(2) === 0 },
    { $size: below(3) },
    { $all: [1, one(WRITTEN)] },
    { $regex: "^a" },
    { $not: { $gt: 1, $lt: 5 } },
  ]);
}

/** A condition in the dialect of json-rules-engine. */
export function engineCondition(random: Random, depth = 3): object {
  const { one, below, several } = random;
  const priority = below(4) === 0 ? { priority: below(3) } : {};
  if (depth === 3 || (depth > 0 && below(3) === 0)) {
    if (below(6) === 0) return { not: engineCondition(random, depth - 1), ...(depth === 3 ? {} : priority) };
    return { [one(["all", "any"])]: several(3, () => engineCondition(random, depth - 1)), ...(depth === 3 ? {} : priority) };
  }
  if (below(12) === 0) return { condition: "gold", ...priority };
  const value = one<unknown>([1, 2, "a", null, [1, "a"], [[1]], { fact: "after", path: "$.b" }, { fact: "before" }, { fact: "operation" }]);
  return {
    ...one([{ fact: "after", path: "$.a" }, { fact: "after", path: "$.items" }, { fact: "before", path: "$.a" }, { fact: "operation" }]),
    operator: operator(random),
    value,
    ...priority,
  };
}

function operator({ one, below }: Random): string {
  const name = one(["equal", "notEqual", "in", "notIn", "contains", "doesNotContain", "lessThan", "greaterThanInclusive"]);
  return below(4) === 0 ? `${one(["someFact", "everyFact", "someValue", "everyValue", "swap", "not"])}:${name}` : name;
}

/** An event of shop's orders, or nearly. */
export function randomEvent(random: Random): ChangeEvent {
  const { below } = random;
  const operation = random.one(["insert", "update", "update", "update", "replace", "delete"]);
  const after = operation === "delete" ? null : row(random);
  const before = operation === "insert" ? null : below(3) === 0 ? undefined : row(random);
  return eventOf({
    operation,
    after,
    before,
    key: { id: below(3) },
    changed: below(2) === 0 ? undefined : ["a", "b", "items"].filter(() => below(2) === 0),
    unsent: below(4) === 0 ? ["a"] : [],
    ...(below(10) === 0 ? { collection: "others" } : {}),
  } as never);
}

function row(random: Random): Value {
  const { below } = random;
  const entries: [string, Value][] = ["a", "b"].flatMap((name): [string, Value][] => (below(5) === 0 ? [] : [[name, valueOf(random)]]));
  if (below(2) === 0) entries.push(["items", random.several(3, () => valueOf(random))]);
  if (below(3) === 0) entries.push(["row", { a: random.one(SCALARS) }]);
  if (below(4) === 0) entries.push(["tier", "gold"], ["total", 200]);
  return Object.fromEntries(entries);
}

function valueOf(random: Random): Value {
  const { below, one } = random;
  if (below(4) === 0) return { n: one(SCALARS), a: one(SCALARS) };
  return below(5) === 0 ? random.several(3, () => one(SCALARS)) : one(SCALARS);
}
