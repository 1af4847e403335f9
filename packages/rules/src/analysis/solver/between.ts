import { Decimal } from "@backstitch/core/values";

type AnyNumber = number | bigint | Decimal;

const PARTS = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Beyond this the digits would be thousands. */
const LARGEST_SCALE = 400;

interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

/** A number between two, exactly; undefined where their digits are too many. */
export function between(low: AnyNumber, high: AnyNumber): Decimal | undefined {
  const [one, other] = [scaledOf(low), scaledOf(high)];
  if (one === undefined || other === undefined) return undefined;
  const scale = Math.max(one.scale, other.scale);
  return decimal((at(one, scale) + at(other, scale)) * 5n, scale + 1);
}

/** The number so many whole steps away. */
export function beside(number: AnyNumber, steps: bigint): Decimal | undefined {
  const scaled = scaledOf(number);
  if (scaled === undefined) return undefined;
  const scale = Math.max(scaled.scale, 0);
  return decimal(at(scaled, scale) + steps * 10n ** BigInt(scale), scale);
}

function decimal(digits: bigint, scale: number): Decimal {
  return Decimal.parse(`${digits}e${-scale}`);
}

function scaledOf(number: AnyNumber): Scaled | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = PARTS.exec(String(number)) ?? [];
  if (whole === "" || Math.abs(Number(exponent)) > LARGEST_SCALE) return undefined;
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}

function at({ digits, scale }: Scaled, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}
