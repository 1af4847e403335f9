import type { Negation } from "./operator.ts";

export const ne: Negation = {
  summary: "Not equal to the operand, nor an array that contains it; true where the field is missing, unless the operand is null.",
  negates: "$eq",
};
