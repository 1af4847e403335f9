import { Decimal, integer, type Value } from "@backstitch/core/values";
import { toValue } from "liquidjs";
import { isNumber } from "../condition/operators/compare.ts";
import { digitsAt, LARGEST_SCALE, scaledOf, textOfScaled, type Scaled } from "../condition/operators/scaled.ts";
import { filterFault } from "./fault.ts";

/** Products of products double: a number of so many digits is nobody's. */
const MOST_DIGITS = 1_000;
/** Places after the point of a quotient that has no end. */
const QUOTIENT_SCALE = 16;

/** What arithmetic reads and makes. */
interface Exact extends Scaled {
  /** Whether zeros at the end were written or sent, and so stay. */
  readonly kept: boolean;
}

type Numeric = number | bigint | Decimal;
type Operation = (one: Exact, other: Exact, floored: unknown) => Exact;

/** Filters that calculate, without rounding: 0.1 and 0.2 are 0.3. Each is given its name, to say it in a fault. */
export const ARITHMETIC: Readonly<Record<string, (name: string, value: unknown, args: readonly unknown[]) => unknown>> = {
  plus: ofTwo(sumOf),
  minus: ofTwo((one, other) => sumOf(one, { ...other, digits: -other.digits })),
  times: ofTwo((one, other) => ({ digits: one.digits * other.digits, scale: one.scale + other.scale, kept: one.kept || other.kept })),
  divided_by: ofTwo((one, other, floored) => (floored === true ? flooredQuotient(one, other) : quotient(one, other))),
  modulo: ofTwo(remainder),
  at_least: ofTwo((one, other) => (differenceOf(one, other) >= 0n ? one : other)),
  at_most: ofTwo((one, other) => (differenceOf(one, other) <= 0n ? one : other)),
  abs: ofOne((one) => ({ ...one, digits: magnitude(one.digits) })),
  ceil: ofOne((one) => whole(-floorDivide(-one.digits, unitOf(one)))),
  floor: ofOne((one) => whole(floorDivide(one.digits, unitOf(one)))),
  to_integer: ofOne((one) => whole(one.digits / unitOf(one))),
  round: (name, value, [places = 0]) => resultOf(name, rounded(exactOf(name, value), Math.max(-MOST_DIGITS, wholeNumber(name, places)))),
};

/** The sum of a list's items. */
export function sumOfItems(name: string, items: readonly unknown[]): unknown {
  return resultOf(name, items.map((item) => exactOf(name, item)).reduce(sumOf, { digits: 0n, scale: 0, kept: false }));
}

/** A whole number among what a filter is given besides the value. */
export function wholeNumber(name: string, value: unknown): number {
  const number = Number(resultOf(name, exactOf(name, value)));
  if (!Number.isSafeInteger(number)) throw filterFault(name, "a number that is not whole");
  return number;
}

function ofOne(operation: (one: Exact) => Exact): (name: string, value: unknown) => unknown {
  return (name, value) => resultOf(name, operation(exactOf(name, value)));
}

function ofTwo(operation: Operation): (name: string, value: unknown, args: readonly unknown[]) => unknown {
  return (name, value, [other, floored]) => {
    const [left, right] = [exactOf(name, value), exactOf(name, other)];
    if (right.digits === 0n && (name === "divided_by" || name === "modulo")) throw filterFault(name, "0 to divide by");
    return resultOf(name, operation(left, right, floored));
  };
}

/** A number, or a text that is one. */
function exactOf(name: string, value: unknown): Exact {
  const plain = toValue(value) as Value | undefined;
  const number = typeof plain === "string" ? numberIn(plain) : plain;
  if (!isNumber(number)) throw filterFault(name, kindOf(plain));
  const scaled = scaledOf(number);
  if (scaled === undefined || scaled.scale > LARGEST_SCALE)
    throw filterFault(name, "NaN, an infinity, or a number too large or small to calculate with");
  const kept = number instanceof Decimal;
  return scaled.scale < 0 ? { digits: digitsAt(scaled, 0), scale: 0, kept } : { ...scaled, kept };
}

function numberIn(text: string): Decimal | undefined {
  try {
    return Decimal.parse(text.trim());
  } catch {
    return undefined;
  }
}

function kindOf(value: Value | undefined): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return "a text that is no number";
  return typeof value === "boolean" ? "a boolean" : "a list or an object";
}

/** A whole number is one whatever zeros are behind its point only where nobody sent them. */
function resultOf(name: string, { digits, scale, kept }: Exact): Numeric {
  const result = kept ? { digits, scale } : trimmed({ digits, scale });
  const text = textOfScaled(result);
  if (text.length > MOST_DIGITS) throw filterFault(name, "numbers whose result has too many digits");
  return result.scale === 0 ? integer(text) : Decimal.parse(text);
}

function trimmed(number: Scaled): Scaled {
  let { digits, scale } = number;
  for (; scale > 0 && digits % 10n === 0n; scale--) digits /= 10n;
  return { digits, scale };
}

function sumOf(one: Exact, other: Exact): Exact {
  const scale = Math.max(one.scale, other.scale);
  return { digits: digitsAt(one, scale) + digitsAt(other, scale), scale, kept: one.kept || other.kept };
}

function differenceOf(one: Exact, other: Exact): bigint {
  return sumOf(one, { ...other, digits: -other.digits }).digits;
}

function quotient(one: Exact, other: Exact): Exact {
  const scale = Math.max(one.scale, other.scale);
  const digits = roundedQuotient(digitsAt(one, scale) * 10n ** BigInt(QUOTIENT_SCALE), digitsAt(other, scale));
  return { digits, scale: QUOTIENT_SCALE, kept: false };
}

function flooredQuotient(one: Exact, other: Exact): Exact {
  const scale = Math.max(one.scale, other.scale);
  return whole(floorDivide(digitsAt(one, scale), digitsAt(other, scale)));
}

/** With the sign of what it is divided by. */
function remainder(one: Exact, other: Exact): Exact {
  const scale = Math.max(one.scale, other.scale);
  const [left, right] = [digitsAt(one, scale), digitsAt(other, scale)];
  return { digits: ((left % right) + right) % right, scale, kept: one.kept || other.kept };
}

/** Halves away from 0. */
function rounded(one: Exact, places: number): Exact {
  if (places >= one.scale) return one;
  const digits = roundedQuotient(one.digits, 10n ** BigInt(one.scale - places));
  return places >= 0 ? { ...one, digits, scale: places } : whole(digits * 10n ** BigInt(-places));
}

function roundedQuotient(digits: bigint, by: bigint): bigint {
  const [size, unit] = [magnitude(digits), magnitude(by)];
  const result = (2n * size + unit) / (2n * unit);
  return digits < 0n === by < 0n ? result : -result;
}

function floorDivide(digits: bigint, by: bigint): bigint {
  const result = digits / by;
  return digits % by !== 0n && digits < 0n !== by < 0n ? result - 1n : result;
}

function whole(digits: bigint): Exact {
  return { digits, scale: 0, kept: false };
}

function unitOf({ scale }: Exact): bigint {
  return 10n ** BigInt(scale);
}

function magnitude(digits: bigint): bigint {
  return digits < 0n ? -digits : digits;
}
