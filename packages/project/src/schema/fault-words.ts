import type { JsonSchema } from "@backstitch/core/connector";
import { either, quote, typeWords } from "./words.ts";

/** What a failed keyword is about. */
export interface Failed {
  readonly keyword: string;
  /** The keyword's own value. */
  readonly operand: unknown;
  readonly schema: JsonSchema;
  readonly value: unknown;
  /** As a sentence names the place: `"attempts"`. */
  readonly name: string;
  /** The value must not be quoted. */
  readonly sensitive: boolean;
  /** The validator's own words, for a keyword that has none here. */
  readonly otherwise: string;
}

/** The sentence for a failed keyword: what is, and what it must be. */
export function faultWords(failed: Failed): string {
  const { name, value, sensitive } = failed;
  if (value === "" && failed.keyword === "minLength") return `${name} is empty.`;
  const size = sizeWords(failed);
  if (size !== undefined) return `${name} has ${size.is}; it must have ${size.must}.`;
  const must = mustWords(failed);
  return sensitive ? `${name} must be ${must}.` : `${name} is ${quote(value)}; it must be ${must}.`;
}

function mustWords({ keyword, operand, schema, otherwise }: Failed): string {
  switch (keyword) {
    case "type":
      return typeWords(String(operand));
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
      return rangeWords(schema);
    case "const":
      return quote(operand);
    case "enum":
      return either((operand as readonly unknown[]).map(quote));
    case "pattern":
      return `text of the form ${String(operand)}`;
    case "not":
      return "something else";
    default:
      return otherwise.replace(/^must (be )?/, "");
  }
}

function rangeWords({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  const least = minimum === undefined ? exclusiveMinimum : minimum;
  const from = least === undefined ? undefined : minimum === undefined ? `more than ${least}` : `at least ${least}`;
  const to = maximum === undefined ? undefined : `at most ${maximum}`;
  return [from, to].filter((words) => words !== undefined).join(" and ");
}

const SIZES: Readonly<Record<string, readonly [unit: string, bound: string]>> = {
  minLength: ["character", "at least"],
  maxLength: ["character", "at most"],
  minItems: ["item", "at least"],
  maxItems: ["item", "at most"],
  minProperties: ["key", "at least"],
  maxProperties: ["key", "at most"],
};

function sizeWords({ keyword, operand, value }: Failed): { readonly is: string; readonly must: string } | undefined {
  const [unit, bound] = SIZES[keyword] ?? [];
  if (unit === undefined) return undefined;
  return { is: counted(sizeOf(value), unit), must: `${bound} ${String(operand)}` };
}

function counted(size: number, unit: string): string {
  return `${size === 0 ? "no" : size} ${unit}${size === 1 ? "" : "s"}`;
}

/** JSON Schema counts a text's code points. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return Array.from(value).length;
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}
