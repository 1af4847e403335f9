import type { Value } from "@backstitch/core/values";
import { filters as builtIn, toValue, type FilterImplOptions } from "liquidjs";
import { equal, isNumber, order } from "../condition/operators/compare.ts";
import { keyOf } from "../match/index/keys.ts";
import { sumOfItems } from "./arithmetic.ts";
import { filterFault } from "./fault.ts";

export type Handler = Extract<FilterImplOptions, (...args: never[]) => unknown>;
type Filter = ThisParameterType<Handler>;
/** A run that Liquid drives: what it waits for is handed back to it. */
type Run = Generator<unknown, unknown, unknown>;

interface Group {
  readonly name: Value;
  readonly items: readonly unknown[];
}

/** Filters of lists that compare values or add them up: by value, where Liquid takes a Decimal for a text, or for equal to itself alone. */
export const LIST_FILTERS: Readonly<Record<string, Handler>> = {
  *sort(list: unknown, property?: unknown): Run {
    const items = itemsOf(this, list);
    const keys = (yield* keysOf(this, items, property)) as readonly (Value | undefined)[];
    checkComparable(keys);
    return items
      .map((item, index) => ({ item, key: keys[index] }))
      .sort((one, other) => orderOf(one.key, other.key))
      .map(({ item }) => item);
  },
  *sum(list: unknown, property?: unknown): Run {
    return sumOfItems("sum", yield* keysOf(this, itemsOf(this, list), property));
  },
  uniq(list: unknown): unknown {
    const kept = new Distinct();
    return itemsOf(this, list).filter((item) => kept.place(plainOf(item)) === undefined);
  },
  *group_by(...args: unknown[]): Run {
    return merged((yield* generatorOf("group_by", this, args)) as readonly Group[]);
  },
  *group_by_exp(...args: unknown[]): Run {
    return merged((yield* generatorOf("group_by_exp", this, args)) as readonly Group[]);
  },
};

export function handlerOf(filter: FilterImplOptions): Handler {
  return typeof filter === "function" ? filter : filter.handler;
}

function generatorOf(name: string, filter: Filter, args: readonly unknown[]): Run {
  return handlerOf(builtIn[name] as FilterImplOptions).call(filter, ...(args as [unknown])) as Run;
}

/** Anything but a list is a list of one, as ever in Liquid. */
function itemsOf({ context }: Filter, value: unknown): readonly unknown[] {
  const plain = toValue(value) as unknown;
  const items: readonly unknown[] = Array.isArray(plain) ? plain : [plain];
  context.memoryLimit.use(items.length);
  return items;
}

function* keysOf({ context }: Filter, items: readonly unknown[], property: unknown): Generator<unknown, readonly unknown[], unknown> {
  if (property === undefined) return items.map(plainOf);
  const path = String(toValue(property)).split(".");
  const keys: unknown[] = [];
  for (const item of items) keys.push(plainOf(yield context._getFromScope(item, path, false)));
  return keys;
}

function plainOf(value: unknown): Value | undefined {
  return toValue(value) as Value | undefined;
}

/** Null and what is missing come last. */
function orderOf(one: Value | undefined, other: Value | undefined): number {
  const [isNone, isOtherNone] = [one ?? null, other ?? null].map((key) => key === null);
  if (isNone === true || isOtherNone === true) return Number(isNone) - Number(isOtherNone);
  return typeof one === "boolean" ? Number(one) - Number(other) : order(one, other);
}

/** @throws ArgumentFault where the keys have no order: the list would come out in any. */
function checkComparable(keys: readonly (Value | undefined)[]): void {
  const kinds = new Set(keys.flatMap((key) => (key === null || key === undefined ? [] : [isNumber(key) ? "number" : typeof key])));
  if (kinds.size > 1 || kinds.has("object"))
    throw filterFault("sort", `what has no order: ${[...kinds].map((kind) => KINDS[kind]).join(" and ")}`);
}

const KINDS: Readonly<Record<string, string>> = { number: "numbers", string: "texts", boolean: "booleans", object: "lists or objects" };

/** Groups by a number are one group for each value, whatever its type. */
function merged(groups: readonly Group[]): readonly Group[] {
  const known = new Distinct();
  const result: Group[] = [];
  for (const { name, items } of groups) {
    const at = known.place(name);
    const before = at === undefined ? undefined : result[at];
    if (at === undefined || before === undefined) result.push({ name, items });
    else result[at] = { name: before.name, items: [...before.items, ...items] };
  }
  return result;
}

/** Tells values that were there before from new ones. */
class Distinct {
  private readonly byKey = new Map<ReturnType<typeof keyOf>, { readonly value: Value | undefined; readonly at: number }[]>();
  private size = 0;

  /** The place of an equal one that came before, else undefined. */
  place(value: Value | undefined): number | undefined {
    const key = keyOf(value);
    const alike = this.byKey.get(key) ?? [];
    const before = alike.find((one) => equal(one.value, value));
    if (before !== undefined) return before.at;
    this.byKey.set(key, [...alike, { value, at: this.size++ }]);
    return undefined;
  }
}
