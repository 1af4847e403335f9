import { equal } from "./compare.ts";
import type { ChangeOperator } from "./operator.ts";

export const changedTo: ChangeOperator = {
  summary: "The field changed, and is equal to the operand now; an insert changes every field.",
  needs: "changed",
  matches: ({ changed, after }, operand) => changed && equal(after, operand),
};
