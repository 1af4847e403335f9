import { FINDINGS } from "../../../packages/rules/src/analysis/table.ts";
import { code, table } from "../markdown.ts";

/** What to do about it, in general; each warning says it of its case. */
const REMEDIES: Readonly<Record<string, string>> = {
  CONDITION_NEVER_TRUE: "change what it asks, or remove it",
  CONDITION_OPERATION: "change `operations`, or remove the part",
  CONDITION_TYPE: "compare with a value of the field's type",
  CONDITION_CONTRADICTION: "remove one of them, or make them alternatives",
  CONDITION_ALWAYS_TRUE: "remove it",
  CONDITION_REDUNDANT: "remove it: it decides nothing",
  CONDITION_ONLY_ARRAY: "mend one of them, or write `$elemMatch`",
  CONDITION_CHANGE_TO_SAME: "name two values",
  CONDITION_GROUP_EMPTY: "fill it, or remove it",
  CONDITION_GROUP_OF_ONE: "write the condition without it",
  CONDITION_LIST_REDUNDANT: "test for equality, or remove what is there twice",
  CONDITION_REJECTED: "put the value in brackets",
  REGEX_ALWAYS: "write `.` for any text that is not empty, or remove it",
  REGEX_NEVER: "put a backslash before a sign that is meant for itself",
  REGEX_POINTLESS: "remove it",
  REGEX_COSTLY: "repeat less",
  REGEX_DOT: "write the dot `\\\\.` in JSON",
  RULE_OPERATION_NEVER_SENT: "remove it",
  RULE_OPERATION_MISSED: "add `replace`",
  RULE_OPERATION_UNMATCHED: "remove it, or mend the condition",
  RULE_BEFORE_NOT_SENT: "let the source send it: for PostgreSQL `backstitch setup`",
  DATA_PATH_UNKNOWN: "mend its spelling, or add it to a test's row",
  ARGUMENT_MISSING: "read something else",
  ARGUMENT_TYPE: "keep the type with `$path`, or make a text of it with a filter",
  COST_OVER_LIMIT: "raise the limit, or let the entry ask for less",
  RULE_DUPLICATE: "remove one of them: every delivery is made twice",
  RULE_SUBSUMED: "remove this rule, or let the other one leave these out",
  RULE_ACTION_TWICE: "make one rule of them, or let their conditions exclude each other",
  GUARD_WITHOUT_ACTION: "list the actions that it permits, or remove it",
  GUARD_DUPLICATE: "remove one of them",
  GUARD_SUBSUMED: "remove this guard, or make the other one stricter",
  RULE_ACTION_DENIED: "let a guard permit it, or remove the entry",
  CONDITION_UNUSED: "use it, or remove it",
  RULE_LINK_UNUSED: "print it where it belongs, or remove it",
  TEMPLATE_UNUSED: "use it, or remove it",
  VALUES_UNUSED: "use it, or remove it",
};

/** Everything that the analysis of rules and guards finds, with the sentence that it has of it. @throws Error where nobody wrote what to do about one */
export function findingTable(): string {
  return table(
    ["code", "warns of", "do"],
    [...FINDINGS].map(([name, sentence]) => [code(name), sentence, remedyOf(name)]),
  );
}

function remedyOf(name: string): string {
  const remedy = REMEDIES[name];
  if (remedy === undefined) throw new Error(`scripts/generate/regions/findings.ts does not say what to do about ${name}.`);
  return remedy;
}
