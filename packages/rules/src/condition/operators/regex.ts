import { RE2JS, RE2JSException } from "re2js";
import type { Operator } from "./operator.ts";

const LONGEST = 1_000;
const MOST_INSTRUCTIONS = 20_000;

export const regex: Operator = {
  summary: "A text in which the pattern is found. Patterns are RE2's: linear in time, without look-around and back-references.",
  reads: "each",
  literalOnly: true,
  wants: (operand) => (typeof operand === "string" ? undefined : "a pattern"),
  matches: (value, operand) => typeof value === "string" && typeof operand === "string" && RE2JS.compile(operand).test(value),
  prepare(operand) {
    const pattern = RE2JS.compile(typeof operand === "string" ? operand : "");
    return (value) => typeof value === "string" && pattern.test(value);
  },
};

/** Why the pattern cannot be used; undefined: it can. */
export function patternFault(pattern: string): string | undefined {
  if (pattern.length > LONGEST) return `it has ${pattern.length} characters, and at most ${LONGEST} are allowed`;
  try {
    const compiled = RE2JS.compile(pattern);
    return compiled.programSize() > MOST_INSTRUCTIONS ? "it is too large once its repetitions are unrolled" : undefined;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, "");
    return "it cannot be compiled";
  }
}
