import type { ChangeOperator } from "./operator.ts";

export const changed: ChangeOperator = {
  summary: "Whether the field changed: true for every field of an insert, for none of a delete.",
  needs: "changed",
  literalOnly: true,
  wants: (operand) => (typeof operand === "boolean" ? undefined : "true or false"),
  matches: (change, operand) => change.changed === operand,
};
