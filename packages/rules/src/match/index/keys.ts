import { Decimal, isRow, type Row, type Value } from "@backstitch/core/values";
import type { Key } from "./node.ts";

/** A rule file is never deeper: what is, equals none of its values. */
const DEEPEST = 64;

/**
 * The same for values that are equal to each other; seldom the same for others. Numbers of all types are keyed by the nearest `number`,
 * what is missing by null, arrays and rows by a text.
 */
export function keyOf(value: Value | undefined): Key {
  if (value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  return value instanceof Decimal ? Number(value.text) : structureOf(value, 0);
}

function structureOf(value: Value | undefined, depth: number): string {
  if (depth > DEEPEST) return "…";
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map((item) => structureOf(item, depth + 1)).join()}]`;
  if (isRow(value))
    return `{${namesOf(value)
      .map((name) => `${JSON.stringify(name)}:${structureOf(value[name], depth + 1)}`)
      .join()}}`;
  const key = keyOf(value);
  return Object.is(key, -0) ? "0" : String(key);
}

function namesOf(row: Row): string[] {
  return Object.keys(row).sort();
}
