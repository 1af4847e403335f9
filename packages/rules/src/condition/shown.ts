import { Decimal } from "@backstitch/core/values";
import { Instant, textOfInstant, type Literal, type LiteralRow } from "./instant.ts";

const LONGEST = 80;

/** A value for people, as a rule may have it: numbers with their digits, whatever their type, moments by `$date`. Cut off where it is long. */
export function shown(value: unknown): string {
  return textOf((value ?? null) as Literal).slice(0, LONGEST);
}

function textOf(value: Literal): string {
  if (typeof value === "number" || typeof value === "bigint" || value instanceof Decimal)
    return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Instant) return JSON.stringify({ $date: textOfInstant(value) });
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Literal[]).map(textOf).join(",")}]`;
  const entries = Object.entries(value as LiteralRow);
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${textOf(item)}`).join(",")}}`;
}
