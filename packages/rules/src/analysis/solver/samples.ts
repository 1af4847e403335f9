import { Decimal, isRow, type Value } from "@backstitch/core/values";
import { equal, isNumber, order } from "../../condition/operators/compare.ts";
import { beside, between } from "./between.ts";
import type { Kind } from "./world.ts";

/**
 * Stands for all values that the tests at hand cannot tell apart: the constants they name, and what lies between them.
 * `exact`: for one value alone.
 */
export interface Sample {
  readonly kind: Kind;
  readonly value: unknown;
  readonly exact: boolean;
}

export function kindOf(value: unknown): Kind {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "text";
  return isNumber(value as Value) ? "number" : Array.isArray(value) ? "list" : "row";
}

const COMMON: readonly Sample[] = [undefined, null, true, false, NaN].map(exactly);

function exactly(value: unknown): Sample {
  return { kind: kindOf(value), value, exact: true };
}

function some(value: unknown): Sample {
  return { kind: kindOf(value), value, exact: false };
}

/** What expressions can tell apart by these constants, `sizes` of arrays among them. Undefined: there are too many digits to say. */
export function samplesFor(constants: readonly Value[], sizes: readonly number[]): readonly Sample[] | undefined {
  const numbers = sortedUnique(constants.filter(isNumber).filter((number) => !Number.isNaN(number)));
  const gaps = numberGaps(numbers);
  if (gaps.includes(undefined)) return undefined;
  const texts = sortedUnique(constants.filter((item) => typeof item === "string"));
  const composite = constants.filter((item) => typeof item === "object" && item !== null && !(item instanceof Decimal));
  const lengths = new Set([0, ...sizes, ...composite.filter((item) => Array.isArray(item)).map((item) => item.length)]);
  const arrays = [...lengths, Math.max(...lengths) + 1].map((length) => some(Array.from({ length }, () => null)));
  return [
    ...COMMON,
    ...numbers.map(exactly),
    ...gaps.map(some),
    ...texts.map(exactly),
    ...textGaps(texts).map(some),
    ...composite.map(exactly),
    ...arrays,
    some({}),
  ];
}

function sortedUnique<Item extends Value>(items: readonly Item[]): Item[] {
  const sorted = items.toSorted(order);
  return sorted.filter((item, index) => index === 0 || !equal(item, sorted[index - 1]));
}

function numberGaps(numbers: readonly (number | bigint | Decimal)[]): (number | Decimal | undefined)[] {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return [0];
  const inner = numbers.slice(1).map((number, index) => between(numbers[index] ?? number, number));
  return [beside(first, -1n), ...inner, beside(last, 1n)];
}

/** Nothing lies between a text and the same with a NUL at its end. */
function textGaps(texts: readonly string[]): string[] {
  const [first] = texts;
  if (first === undefined) return [""];
  const after = texts.map((text) => `${text}\0`).filter((text, index) => text !== texts[index + 1]);
  return first === "" ? after : ["", ...after];
}

/** What json-rules-engine can tell apart: it takes texts and lists for numbers where they read like one. */
export function librarySamplesFor(constants: readonly unknown[]): readonly Sample[] {
  const numbers = [...new Set(constants.filter((item) => typeof item === "number" && !Number.isNaN(item)) as number[])].sort(
    (a, b) => a - b,
  );
  const texts = [...new Set(constants.filter((item) => typeof item === "string"))];
  const regions = [...numbers, ...doubleGaps(numbers)];
  return [
    ...COMMON,
    ...numbers.map(exactly),
    ...doubleGaps(numbers).map(some),
    ...texts.map(exactly),
    ...regions.map((number) => some(textOf(number, texts))),
    some("x".repeat(1 + Math.max(0, ...texts.map(({ length }) => length)))),
    ...regions.map((number) => some([number])),
    some([]),
    some({}),
  ];
}

function doubleGaps(numbers: readonly number[]): number[] {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return [0];
  const inner = numbers.slice(1).flatMap((number, index) => {
    const before = numbers[index] ?? number;
    const middle = before / 2 + number / 2;
    return middle > before && middle < number ? [middle] : [];
  });
  return [...(first > -Infinity ? [-Infinity] : []), ...inner, ...(last < Infinity ? [Infinity] : [])];
}

/** A text that reads like the number, and is none of the constants. */
function textOf(number: number, texts: readonly string[]): string {
  let text = ` ${number}`;
  while (texts.includes(text)) text = ` ${text}`;
  return text;
}

export function isComposite(value: unknown): boolean {
  return Array.isArray(value) || isRow(value as Value);
}
