const EARLIEST = BigInt(Date.parse("0001-01-01T00:00:00Z")) * 1_000n;
const LATEST = BigInt(Date.parse("9999-12-31T23:59:59.999Z")) * 1_000n + 999n;

/** Microseconds since 1970 as RFC 3339 in UTC; undefined where RFC 3339 has no such year. */
export function timeFromMicros(micros: bigint): string | undefined {
  if (micros < EARLIEST || micros > LATEST) return undefined;
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - fraction) / 1_000_000n;
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}.${String(fraction).padStart(6, "0")}Z`;
}

/** Milliseconds since 1970, as clocks of this machine and most vendors count, as RFC 3339 in UTC with microseconds. @throws RangeError */
export function timeFromMs(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** A time as text, in UTC with microseconds: finer digits are cut off, and one without an offset is UTC. Undefined where it is none. */
export function timeFromText(text: string): string | undefined {
  const [, day, clock, fraction = "", offset = "Z"] = TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  const ms = Date.parse(`${day}T${clock}${offset.length === 3 ? `${offset}:00` : offset.replace(/^(...)(\d\d)$/, "$1:$2")}`);
  return Number.isNaN(ms) ? undefined : timeFromMicros(BigInt(ms) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, "0")));
}
