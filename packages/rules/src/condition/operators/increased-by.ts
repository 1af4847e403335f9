import { exceedsBy, wantsPositive } from "./difference.ts";
import type { ChangeOperator } from "./operator.ts";

export const increasedBy: ChangeOperator = {
  summary: "The number grew by at least the operand.",
  needs: "values",
  wants: wantsPositive,
  matches: ({ before, after }, operand) => exceedsBy(after, before, operand),
};
