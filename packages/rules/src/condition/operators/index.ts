import { elemMatch } from "./elem-match.ts";
import type { Operator } from "./operator.ts";
import { regex } from "./regex.ts";
import { CHANGE_OPERATORS, NEGATIONS, PLAIN_OPERATORS } from "./tables.ts";

export { CHANGE_OPERATORS, NEGATIONS } from "./tables.ts";

/** Operators over a value. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([...PLAIN_OPERATORS, ["$regex", regex]]);

/** What may stand under a path, with its sentence for people. */
export const SUMMARIES: ReadonlyMap<string, string> = new Map([
  ...[...OPERATORS, ...NEGATIONS, ...CHANGE_OPERATORS].map(([name, { summary }]) => [name, summary] as const),
  ["$elemMatch", elemMatch.summary],
  ["$and", "Every one of the conditions."],
  ["$or", "At least one of the conditions."],
  ["$nor", "None of the conditions."],
  ["$not", "Not the condition; undecided stays undecided."],
]);
