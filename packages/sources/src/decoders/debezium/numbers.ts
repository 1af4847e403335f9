import { Decimal, type Value } from "@backstitch/core/values";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** PostgreSQL's longest numeric has 147,455 digits. */
const MOST_BYTES = 65_536;
const MOST_SCALE = 20_000;

/** The bytes of a number, big-endian in two's complement, with so many digits after the point. @throws TypeError or RangeError */
export function decimalFrom(value: Value | undefined, scale: number): Decimal {
  if (!Number.isInteger(scale) || Math.abs(scale) > MOST_SCALE)
    throw new RangeError(`A decimal's scale is not from -${MOST_SCALE} to ${MOST_SCALE}.`);
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Decimal) return padded(value, scale);
  if (typeof value !== "string" || !BASE64.test(value)) throw new TypeError("A decimal is neither a number nor base64.");
  const bytes = Buffer.from(value, "base64");
  if (bytes.length > MOST_BYTES) throw new RangeError(`A decimal is longer than ${MOST_BYTES} bytes.`);
  return Decimal.parse(pointed(integerOf(bytes), scale));
}

function integerOf(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
}

function pointed(digits: bigint, scale: number): string {
  if (scale <= 0) return String(digits * 10n ** BigInt(-scale));
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  return `${digits < 0n ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** A converter that writes decimals as JSON numbers leaves their last zeros out. */
function padded(value: number | bigint | Decimal, scale: number): Decimal {
  const text = String(value);
  const [whole = "", fraction = ""] = text.split(".");
  const isPlain = /^-?\d+$/.test(whole) && /^\d*$/.test(fraction) && fraction.length <= scale;
  return Decimal.parse(isPlain && scale > 0 ? `${whole}.${fraction.padEnd(scale, "0")}` : text);
}
