import { Instant, type Literal } from "../instant.ts";
import { equal, isNumber } from "./compare.ts";
import type { Operator } from "./operator.ts";

/** `in` is a reserved word. */
export const isIn: Operator = {
  summary: "Equal to one of the operand's items, or an array that contains one of them.",
  reads: "each",
  wants: (operand) => (Array.isArray(operand) ? undefined : "a list"),
  matches(value, operand) {
    if (!Array.isArray(operand)) return operand !== undefined && equal(value, operand);
    return (operand as readonly Literal[]).some((item) => equal(value, item));
  },
  prepare(operand) {
    const items = Array.isArray(operand) ? (operand as readonly Literal[]) : [operand];
    const scalars = new Set<Literal | undefined>(items.filter((item) => typeof item === "string" || typeof item === "number"));
    const others = items.filter((item) => !scalars.has(item));
    const exact = others.filter(isNumber);
    const moments = others.filter((item) => item instanceof Instant);
    return (value) => {
      if (typeof value === "string") return scalars.has(value) || moments.some((item) => equal(value, item));
      if (typeof value === "number") return scalars.has(value) || exact.some((item) => equal(value, item));
      return (isNumber(value) ? items : others).some((item) => equal(value, item));
    };
  },
};
