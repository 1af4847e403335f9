import { exceedsBy, wantsPositive } from "./difference.ts";
import type { ChangeOperator } from "./operator.ts";

export const decreasedBy: ChangeOperator = {
  summary: "The number fell by at least the operand.",
  needs: "values",
  wants: wantsPositive,
  matches: ({ before, after }, operand) => exceedsBy(before, after, operand),
};
