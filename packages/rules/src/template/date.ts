import { ArgumentFault } from "./fault.ts";

/** RFC 3339, with date alone, blank instead of T, and without zone (then UTC). */
const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/i;
const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** Fields of a moment as a clock in its zone shows them. */
interface Shown {
  readonly at: Date;
  readonly zone: string;
  readonly epochMs: number;
}

/**
 * Liquid's `date`, but the same on every machine and at every moment: English names, UTC unless a time zone is given,
 * and never the current time.
 */
export function formatDate(value: unknown, format: unknown = "%Y-%m-%d", zone: unknown = "UTC"): string {
  const moment = momentOf(value);
  if (Number.isNaN(new Date(moment).getTime())) throw new ArgumentFault("TEMPLATE_FAILED", "the value is not a date");
  const shown = shownIn(moment, String(zone));
  return String(format).replace(/%([-0^]?)([A-Za-z%])/g, (whole, flag: string, letter: string) =>
    flagged(partOf(shown, letter) ?? whole, flag),
  );
}

function momentOf(value: unknown): number {
  if (typeof value === "number") return value * 1000;
  const [, day, time = "00:00:00", zone = "Z"] = typeof value === "string" ? (FORM.exec(value.trim()) ?? []) : [];
  if (day === undefined) return NaN;
  const offset = zone.toUpperCase() === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3).replace(":", "") || "00"}`;
  return Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time.slice(0, 12)}${offset}`);
}

function shownIn(epochMs: number, zone: string): Shown {
  const offset = offsetMinutes(epochMs, zone);
  const sign = offset < 0 ? "-" : "+";
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return { at: new Date(epochMs + offset * 60_000), zone: `${sign}${pad(hours)}${pad(minutes)}`, epochMs };
}

function offsetMinutes(epochMs: number, zone: string): number {
  if (zone === "UTC" || zone === "Z") return 0;
  try {
    const text = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).format(epochMs);
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(text) ?? [];
    return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch {
    throw new ArgumentFault("TEMPLATE_FAILED", "the time zone of the date filter is not known");
  }
}

const PARTS: Readonly<Record<string, (shown: Shown) => string>> = {
  Y: ({ at }) => String(at.getUTCFullYear()),
  y: ({ at }) => pad(at.getUTCFullYear() % 100),
  m: ({ at }) => pad(at.getUTCMonth() + 1),
  B: ({ at }) => MONTHS[at.getUTCMonth()] ?? "",
  b: ({ at }) => (MONTHS[at.getUTCMonth()] ?? "").slice(0, 3),
  d: ({ at }) => pad(at.getUTCDate()),
  e: ({ at }) => String(at.getUTCDate()).padStart(2),
  j: ({ at }) =>
    pad(
      1 + Math.floor((Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()) - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000),
      3,
    ),
  A: ({ at }) => DAYS[at.getUTCDay()] ?? "",
  a: ({ at }) => (DAYS[at.getUTCDay()] ?? "").slice(0, 3),
  u: ({ at }) => String(at.getUTCDay() || 7),
  w: ({ at }) => String(at.getUTCDay()),
  H: ({ at }) => pad(at.getUTCHours()),
  I: ({ at }) => pad(at.getUTCHours() % 12 || 12),
  k: ({ at }) => String(at.getUTCHours()).padStart(2),
  l: ({ at }) => String(at.getUTCHours() % 12 || 12).padStart(2),
  p: ({ at }) => (at.getUTCHours() < 12 ? "AM" : "PM"),
  P: ({ at }) => (at.getUTCHours() < 12 ? "am" : "pm"),
  M: ({ at }) => pad(at.getUTCMinutes()),
  S: ({ at }) => pad(at.getUTCSeconds()),
  L: ({ at }) => pad(at.getUTCMilliseconds(), 3),
  s: ({ epochMs }) => String(Math.floor(epochMs / 1000)),
  z: ({ zone }) => zone,
  "%": () => "%",
};

const SHORTHANDS: Readonly<Record<string, string>> = { F: "Y-m-d", T: "H:M:S", R: "H:M", D: "m/d/y" };

function partOf(shown: Shown, letter: string): string | undefined {
  const shorthand = SHORTHANDS[letter];
  if (shorthand !== undefined) return shorthand.replace(/[A-Za-z]/g, (part) => PARTS[part]?.(shown) ?? part);
  return PARTS[letter]?.(shown);
}

function flagged(text: string, flag: string): string {
  if (flag === "-") return text.replace(/^[ 0]+(?=.)/, "");
  return flag === "^" ? text.toUpperCase() : flag === "0" ? text.replace(/^ /, "0") : text;
}

function pad(number: number, width = 2): string {
  return String(number).padStart(width, "0");
}
