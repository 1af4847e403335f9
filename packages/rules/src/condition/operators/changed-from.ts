import { equal } from "./compare.ts";
import type { ChangeOperator } from "./operator.ts";

export const changedFrom: ChangeOperator = {
  summary: "The field changed, and was equal to the operand before.",
  needs: "values",
  matches: ({ changed, before }, operand) => changed && equal(before, operand),
};
