import type { Negation } from "./operator.ts";

export const nin: Negation = {
  summary:
    "Equal to none of the operand's items, nor an array that contains one; true where the field is missing, unless null is among the items.",
  negates: "$in",
};
