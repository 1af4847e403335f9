import { isList, isRow, rowFrom, type Value } from "@backstitch/core/values";

/** A moment, as `{"$date": …}` names it, to any fraction of a second. Rows hold no such value: it meets texts that are RFC 3339 timestamps. */
export class Instant {
  /** Whole seconds since 1970, rounded down. */
  readonly seconds: number;
  /** The digits after the point, without zeros at their end. */
  readonly fraction: string;

  constructor(seconds: number, fraction: string) {
    this.seconds = seconds;
    this.fraction = fraction;
  }
}

/** The right side of a test as it is written: a value, with moments anywhere in it. */
export type Literal = Value | Instant | readonly Literal[] | LiteralRow;

export interface LiteralRow {
  readonly [name: string]: Literal;
}

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
/** The Gregorian calendar repeats itself after so many years. `Date.UTC` takes years below 100 for those of another century. */
const CYCLE_YEARS = 400;
const CYCLE_SECONDS = 12_622_780_800;

/** Reads an RFC 3339 timestamp, whatever its offset and however many digits its fraction has; undefined where the text is none. No leap seconds. */
export function parseInstant(text: string): Instant | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(13) !== 58) return undefined;
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = "", sign = "+", offsetHour = "00", offsetMinute = "00"] = match;
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const date = new Date(Date.UTC(year + CYCLE_YEARS, month - 1, day));
  // A day that the month does not have falls into another.
  if (date.getUTCMonth() !== month - 1) return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === "-" ? -60 : 60);
  const seconds = date.getTime() / 1_000 - CYCLE_SECONDS + (hour * 60 + minute) * 60 + second - offset;
  return new Instant(seconds, fraction.replace(/0+$/, ""));
}

export function instantOfMs(ms: number): Instant {
  const seconds = Math.floor(ms / 1_000);
  return new Instant(
    seconds,
    String(ms - seconds * 1_000)
      .padStart(3, "0")
      .replace(/0+$/, ""),
  );
}

/** As a row holds it: RFC 3339 in UTC, with microseconds at least. */
export function textOfInstant({ seconds, fraction }: Instant): string {
  return new Date(seconds * 1_000).toISOString().replace(/\.000Z$/, `.${fraction.padEnd(6, "0")}Z`);
}

/** Negative, zero or positive, as a sort function wants; `NaN` where the text is no timestamp. */
export function compareTextWithInstant(text: string, instant: Instant): number {
  const moment = parseInstant(text);
  if (moment === undefined) return NaN;
  if (moment.seconds !== instant.seconds) return moment.seconds - instant.seconds;
  // Digits after a point sort as texts do.
  return moment.fraction < instant.fraction ? -1 : moment.fraction > instant.fraction ? 1 : 0;
}

/** A literal as a row would hold it. */
export function valueOfLiteral(literal: Literal): Value {
  if (literal instanceof Instant) return textOfInstant(literal);
  if (isList(literal as Value)) return (literal as readonly Literal[]).map(valueOfLiteral);
  if (!isRow(literal as Value)) return literal as Value;
  return rowFrom(Object.entries(literal as LiteralRow).map(([name, item]) => [name, valueOfLiteral(item)] as const));
}
