import type { Value } from "@backstitch/core/values";
import { equal } from "./compare.ts";
import type { Operator } from "./operator.ts";

/** `in` is a reserved word. */
export const isIn: Operator = {
  summary: "Equal to one of the operand's items, or an array that contains one of them.",
  reads: "each",
  wants: (operand) => (Array.isArray(operand) ? undefined : "a list"),
  matches(value, operand) {
    if (!Array.isArray(operand)) return operand !== undefined && equal(value, operand);
    return (operand as readonly Value[]).some((item) => equal(value, item));
  },
  prepare(operand) {
    const items = Array.isArray(operand) ? (operand as readonly Value[]) : [operand];
    const texts = new Set(items.filter((item) => typeof item === "string"));
    const others = items.filter((item) => typeof item !== "string");
    return (value) => (typeof value === "string" ? texts.has(value) : others.some((item) => equal(value, item)));
  },
};
