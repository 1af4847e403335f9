import { compareNumbers, type Decimal, type Value } from "@backstitch/core/values";
import type { Literal } from "../instant.ts";
import { isNumber } from "./compare.ts";
import { digitsAt, LARGEST_SCALE, scaledOf } from "./scaled.ts";

/**
 * Whether `larger - smaller` is at least `by`, without rounding: 0.3 is 0.2 more than 0.1. An amount that is not above 0, as a path may
 * read it, is never reached: what grew by -5 or more would be what fell, or stayed.
 */
export function exceedsBy(larger: Value | undefined, smaller: Value | undefined, by: Literal | undefined): boolean {
  if (!isNumber(larger) || !isNumber(smaller) || !isPositive(by)) return false;
  const scaled = [scaledOf(larger), scaledOf(smaller), scaledOf(by)] as const;
  const scale = Math.max(...scaled.map((number) => number?.scale ?? Infinity));
  const [one, other, least] = scaled;
  if (one === undefined || other === undefined || least === undefined || scale > LARGEST_SCALE)
    return compareNumbers(Number(larger) - Number(smaller), by) >= 0;
  return digitsAt(one, scale) - digitsAt(other, scale) >= digitsAt(least, scale);
}

/** For the operators that measure a difference: what may stand on their right. */
export function wantsPositive(operand: Literal): string | undefined {
  return isPositive(operand) ? undefined : "a number above 0";
}

function isPositive(operand: Literal | undefined): operand is number | bigint | Decimal {
  return isNumber(operand) && compareNumbers(operand, 0) > 0;
}
