import { Decimal } from "./decimal.ts";
import type { Value } from "./value.ts";

/** Node 24 has it; the library's types do not yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * JSON with every digit: a Decimal or bigint is written as the number it is. Numbers that JSON lacks are null.
 * @param space Blanks by which each level is indented; 0: one line.
 */
export function jsonText(value: Value | undefined, space = 0): string {
  const exact = (item: unknown): unknown => (typeof item === "bigint" || item instanceof Decimal ? rawJSON(String(item)) : item);
  const replacer = function (this: Record<string, unknown>, name: string): unknown {
    return exact(this[name]);
  };
  return JSON.stringify(value ?? null, replacer, space);
}
