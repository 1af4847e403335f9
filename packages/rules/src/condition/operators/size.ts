import { isNumber, order } from "./compare.ts";
import type { Operator } from "./operator.ts";

export const size: Operator = {
  summary: "An array with so many elements.",
  reads: "whole",
  wants: (operand) => (typeof operand === "number" && Number.isInteger(operand) && operand >= 0 ? undefined : "a whole number from 0"),
  matches: (value, operand) => Array.isArray(value) && isNumber(operand) && order(value.length, operand) === 0,
};
