import { compareNumbers, Decimal, isRow, type Row, type Value } from "@backstitch/core/values";
import { compareTextWithInstant, Instant, type Literal, type LiteralRow } from "../instant.ts";

export function isNumber(value: Literal | undefined): value is number | bigint | Decimal {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Decimal;
}

/** Equality by value: numbers whatever their type, moments whatever their spelling, arrays in order, rows in any order; missing equals null. */
export function equal(left: Value | undefined, right: Literal | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || left === null) return right === undefined || right === null;
  if (typeof left === "string") return right instanceof Instant && compareTextWithInstant(left, right) === 0;
  if (typeof left === "boolean") return false;
  if (isNumber(left)) return isNumber(right) && orderNumbers(left, right) === 0;
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left as readonly Value[], right as readonly Literal[]);
  return isRow(left) && !(right instanceof Instant) && isRow(right as Value) && sameRows(left, right as LiteralRow);
}

function sameItems(left: readonly Value[], right: readonly Literal[]): boolean {
  return left.length === right.length && left.every((item, index) => equal(item, right[index]));
}

function sameRows(left: Row, right: LiteralRow): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && equal(left[name], right[name]));
}

/** Order of two numbers, of two texts, or of a timestamp and a moment; `NaN` across types, where nothing compares. */
export function order(left: Value | undefined, right: Literal | undefined): number {
  if (typeof left === "string") {
    if (typeof right === "string") return orderTexts(left, right);
    return right instanceof Instant ? compareTextWithInstant(left, right) : NaN;
  }
  return isNumber(left) && isNumber(right) ? orderNumbers(left, right) : NaN;
}

/** `NaN` equals itself, and compares with nothing else. */
function orderNumbers(left: number | bigint | Decimal, right: number | bigint | Decimal): number {
  return Number.isNaN(left) && Number.isNaN(right) ? 0 : compareNumbers(left, right);
}

/** By code point, as UTF-8 bytes sort and databases compare; JavaScript compares UTF-16 units, which differs for characters beyond U+FFFF. */
function orderTexts(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const one = left.charCodeAt(at);
    const other = right.charCodeAt(at);
    if (one !== other) return isSurrogate(one) === isSurrogate(other) ? one - other : isSurrogate(one) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** For the operators that order: what may stand on their right. */
export function wantsOrdered(operand: Literal): string | undefined {
  return typeof operand === "string" || isNumber(operand) || operand instanceof Instant ? undefined : "a number, a text or a date";
}
