import { equal } from "./compare.ts";
import type { Operator } from "./operator.ts";

export const eq: Operator = {
  summary: "Equal to the operand by value, or an array that contains it; null also matches what is missing.",
  reads: "each",
  matches: equal,
  prepare(operand) {
    return typeof operand === "string" || typeof operand === "boolean" ? (value) => value === operand : (value) => equal(value, operand);
  },
};
