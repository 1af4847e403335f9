import type { Decimal } from "@backstitch/core/values";

const PARTS = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Beyond this a difference of powers of ten would be thousands of digits long. */
export const LARGEST_SCALE = 1_000;

/** A number without rounding: digits × 10^-scale. */
export interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

/** The digits that a number is printed with; undefined for `NaN`, the infinities, and what is far beyond all use: an exponent of more than `most`. */
export function scaledOf(number: number | bigint | Decimal, most = LARGEST_SCALE): Scaled | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = PARTS.exec(String(number)) ?? [];
  if (whole === "" || Math.abs(Number(exponent)) > most) return undefined;
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}

/** The digits at a scale that is not smaller. */
export function digitsAt({ digits, scale }: Scaled, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

/** As a database prints it, zeros at the end included; the scale is 0 or more. */
export function textOfScaled({ digits, scale }: Scaled): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const point = text.length - scale;
  return `${digits < 0n ? "-" : ""}${text.slice(0, point)}${scale === 0 ? "" : `.${text.slice(point)}`}`;
}
