import type { Operator } from "./operator.ts";

export const exists: Operator = {
  summary: "Whether the field is there; a field that is null is there.",
  reads: "whole",
  literalOnly: true,
  wants: (operand) => (typeof operand === "boolean" ? undefined : "true or false"),
  matches: (value) => value !== undefined,
};
