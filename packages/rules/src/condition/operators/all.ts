import { equal } from "./compare.ts";
import type { Operator } from "./operator.ts";

export const all: Operator = {
  summary: "An array that contains every one of the operand's items; an empty list matches nothing.",
  reads: "each",
  everyItem: true,
  matches: equal,
};
