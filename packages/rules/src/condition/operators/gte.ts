import { order, wantsOrdered } from "./compare.ts";
import type { Operator } from "./operator.ts";

export const gte: Operator = {
  summary:
    "At least the operand. Numbers compare with numbers, texts with texts and timestamps with a `$date`; across types nothing compares.",
  reads: "each",
  wants: wantsOrdered,
  matches: (value, operand) => order(value, operand) >= 0,
  prepare: (operand) =>
    typeof operand === "number" && !Number.isNaN(operand)
      ? (value) => (typeof value === "number" ? value >= operand : order(value, operand) >= 0)
      : (value) => order(value, operand) >= 0,
};
