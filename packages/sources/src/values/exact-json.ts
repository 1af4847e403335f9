import { compareNumbers, Decimal, integer, type Value } from "@backstitch/core/values";

/** Numbers with an exponent, a fraction or many digits: only these can lose something on the way through a binary float. */
const DOUBTFUL = /\d[.eE]|\d{16}/;

type Reviver = (name: string, value: Value, context: { readonly source?: string }) => Value;

/** The built-in function; its third argument (Node 21 on) is not in the standard library's types yet. */
const parse = JSON.parse as (text: string, reviver?: Reviver) => Value;

/**
 * Parses JSON without losing a digit: integers beyond 2^53 become `bigint`, and decimals that a binary float
 * does not print back become `Decimal`. @throws SyntaxError when the text is not JSON.
 */
export function parseExactly(text: string): Value {
  return DOUBTFUL.test(text) ? parse(text, revive) : parse(text);
}

function revive(_name: string, value: Value, { source }: { readonly source?: string }): Value {
  return typeof value === "number" && source !== undefined ? exactNumber(source, value) : value;
}

function exactNumber(source: string, value: number): Value {
  if (String(value) === source) return value;
  if (/^-?\d+$/.test(source)) return Object.is(value, -0) ? value : integer(source);
  return keepsItsValue(source, value) ? value : decimal(source);
}

function keepsItsValue(source: string, value: number): boolean {
  try {
    return compareNumbers(Decimal.parse(source), value) === 0;
  } catch {
    return false;
  }
}

/** An exponent that no decimal type takes stays text rather than becoming infinite. */
function decimal(source: string): Decimal | string {
  try {
    return Decimal.parse(source);
  } catch {
    return source;
  }
}
