import { Decimal } from "@backstitch/core/values";
import { digitsAt, scaledOf } from "../../condition/operators/scaled.ts";

type AnyNumber = number | bigint | Decimal;

/** Beyond this the digits would be thousands. */
const LARGEST_SCALE = 400;

/** A number between two, exactly; undefined where their digits are too many. */
export function between(low: AnyNumber, high: AnyNumber): Decimal | undefined {
  const [one, other] = [scaledOf(low, LARGEST_SCALE), scaledOf(high, LARGEST_SCALE)];
  if (one === undefined || other === undefined) return undefined;
  const scale = Math.max(one.scale, other.scale);
  return decimal((digitsAt(one, scale) + digitsAt(other, scale)) * 5n, scale + 1);
}

/** The number so many whole steps away. */
export function beside(number: AnyNumber, steps: bigint): Decimal | undefined {
  const scaled = scaledOf(number, LARGEST_SCALE);
  if (scaled === undefined) return undefined;
  const scale = Math.max(scaled.scale, 0);
  return decimal(digitsAt(scaled, scale) + steps * 10n ** BigInt(scale), scale);
}

function decimal(digits: bigint, scale: number): Decimal {
  return Decimal.parse(`${digits}e${-scale}`);
}
