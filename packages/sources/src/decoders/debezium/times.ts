import type { Value } from "@backstitch/core/values";
import { timeFromMicros, timeFromText } from "../../values/times.ts";

const DAY_SECONDS = 86_400;

/** A time since 1970, counted in this many a microsecond or microseconds each. A year that RFC 3339 lacks (PostgreSQL's `infinity`) stays a number. */
export function instant(value: Value, toMicros: (count: bigint) => bigint): Value {
  return timeFromMicros(toMicros(wholeOf(value))) ?? value;
}

/** Days since 1970 as `2026-01-31`. */
export function day(value: Value): Value {
  return timeFromMicros(wholeOf(value) * BigInt(DAY_SECONDS) * 1_000_000n)?.slice(0, 10) ?? value;
}

/** A time of day as PostgreSQL prints it: `12:34:56.5`. */
export function timeOfDay(value: Value, toMicros: (count: bigint) => bigint): Value {
  const micros = toMicros(wholeOf(value));
  if (micros === BigInt(DAY_SECONDS) * 1_000_000n) return "24:00:00";
  if (micros < 0n || micros > BigInt(DAY_SECONDS) * 1_000_000n) throw new RangeError("A time of day is not within a day.");
  return timeFromMicros(micros)?.slice(11, 26).replace(/0+$/, "").replace(/\.$/, "") ?? value;
}

/** A time as text; what cannot be read as one stays as it is. */
export function zoned(value: Value): Value {
  return typeof value === "string" ? (timeFromText(value) ?? value) : value;
}

function wholeOf(value: Value): bigint {
  if (typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value))) return BigInt(value);
  throw new TypeError("A time is not a whole number.");
}
