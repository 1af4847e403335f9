import { compareNumbers, type Decimal, type Value } from "@backstitch/core/values";
import type { Literal } from "../instant.ts";
import { isNumber } from "./compare.ts";

const PARTS = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Beyond this a difference of powers of ten would be thousands of digits long. */
const LARGEST_SCALE = 1_000;

/** Whether `larger - smaller` is at least `by`, without rounding: 0.3 is 0.2 more than 0.1. */
export function exceedsBy(larger: Value | undefined, smaller: Value | undefined, by: Literal | undefined): boolean {
  if (!isNumber(larger) || !isNumber(smaller) || !isNumber(by)) return false;
  const scaled = [scaledOf(larger), scaledOf(smaller), scaledOf(by)] as const;
  const scale = Math.max(...scaled.map((number) => number?.scale ?? Infinity));
  const [one, other, least] = scaled;
  if (one === undefined || other === undefined || least === undefined || scale > LARGEST_SCALE)
    return compareNumbers(Number(larger) - Number(smaller), by) >= 0;
  return at(one, scale) - at(other, scale) >= at(least, scale);
}

interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function scaledOf(number: number | bigint | Decimal): Scaled | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = PARTS.exec(String(number)) ?? [];
  if (whole === "" || Math.abs(Number(exponent)) > LARGEST_SCALE) return undefined;
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}

function at({ digits, scale }: Scaled, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

/** For the operators that measure a difference: what may stand on their right. */
export function wantsPositive(operand: Literal): string | undefined {
  return isNumber(operand) && compareNumbers(operand, 0) > 0 ? undefined : "a number above 0";
}
