import { compareNumbers, Decimal, isRow, type Row, type Value } from "@backstitch/core/values";

export function isNumber(value: Value | undefined): value is number | bigint | Decimal {
  return typeof value === "number" || typeof value === "bigint" || value instanceof Decimal;
}

/** Equality by value: numbers whatever their type, arrays in order, rows in any order; missing equals null. */
export function equal(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (left === undefined || left === null) return right === undefined || right === null;
  if (typeof left === "string" || typeof left === "boolean") return false;
  if (isNumber(left)) return isNumber(right) && compareNumbers(left, right) === 0;
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left as readonly Value[], right as readonly Value[]);
  return isRow(left) && isRow(right) && sameRows(left, right);
}

function sameItems(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((item, index) => equal(item, right[index]));
}

function sameRows(left: Row, right: Row): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && equal(left[name], right[name]));
}

/** Order of two numbers or of two texts; `NaN` across types, where nothing compares. */
export function order(left: Value | undefined, right: Value | undefined): number {
  if (typeof left === "number" && typeof right === "number") return left < right ? -1 : left > right ? 1 : left === right ? 0 : NaN;
  if (typeof left === "string" && typeof right === "string") return orderTexts(left, right);
  return isNumber(left) && isNumber(right) ? compareNumbers(left, right) : NaN;
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
export function wantsOrdered(operand: Value): string | undefined {
  return typeof operand === "string" || isNumber(operand) ? undefined : "a number or a text";
}
