import type { Problem } from "@backstitch/core/rules";
import type { Condition } from "../../condition/form.ts";
import type { Mark } from "../../condition/marks.ts";
import { listOf, valueAt } from "../../json/index.ts";
import { nameOfPath, type Path } from "../../path/resolve-path.ts";
import { argumentsOf } from "../arguments.ts";
import { described } from "../describe.ts";
import { leavesOf, type LeafCondition } from "../leaves.ts";
import { conditionsOf, type Check, type StudiedRule, type Study } from "../study.ts";
import { markOf, warning } from "../warning.ts";
import type { WrittenRule } from "../written.ts";

/** What the source sends, and what of it the condition can meet. */
export const operations: Check = {
  finds: {
    RULE_OPERATION_NEVER_SENT: "an operation in `on` that the source never sends",
    RULE_OPERATION_MISSED: "`update` without `replace`, where the source sends whole documents as `replace`",
    RULE_OPERATION_UNMATCHED: "an operation in `on` that the condition never meets",
    RULE_BEFORE_NOT_SENT: "a read of `before`, where the source never sends it",
  },
  *find(study) {
    for (const rule of study.rules) {
      yield* ofOperations(study, rule);
      if (study.input.sources?.get(rule.summary.source)?.before === false) yield* ofBefore(study, rule);
    }
  },
};

function* ofOperations(study: Study, { located, summary, condition, worlds: { seen } }: StudiedRule): Iterable<Problem> {
  const written = valueAt(located, ["on", "operations"]);
  if (!Array.isArray(written)) return;
  const source = study.input.sources?.get(summary.source);
  const node = study.normaliser.normal(condition);
  const some = study.solver.possible([node], seen);
  for (const [index, operation] of (written as readonly string[]).entries()) {
    const mark: Mark = { located, at: ["on", "operations", index] };
    if (source !== undefined && !source.operations.some((one) => one === operation)) {
      const message = `Source ${JSON.stringify(summary.source)} never sends ${JSON.stringify(operation)}; it sends ${listOf(source.operations)}.`;
      yield warning(mark, { code: "RULE_OPERATION_NEVER_SENT", message, remedy: "Remove it." });
    } else if (
      some &&
      !study.solver.possible(
        [node],
        seen.filter((world) => world.operation === operation),
      )
    ) {
      const message = `No ${operation} meets the condition.`;
      yield warning(mark, { code: "RULE_OPERATION_UNMATCHED", message, remedy: "Remove it, or mend the condition." });
    }
  }
  if (!written.includes("update") || written.includes("replace") || source?.operations.includes("replace") !== true) return;
  const message = `Source ${JSON.stringify(summary.source)} sends "replace" where a whole document is written, and the rule looks at "update" alone.`;
  yield warning({ located, at: ["on", "operations"] }, { code: "RULE_OPERATION_MISSED", message, remedy: 'Add "replace".' });
}

function* ofBefore(study: Study, rule: WrittenRule): Iterable<Problem> {
  const source = JSON.stringify(rule.summary.source);
  const remedy = "Let the source send it, or use another source.";
  for (const { leaf } of conditionsOf(rule).flatMap((condition) => [...leavesOf(condition)])) {
    const mark = needsBefore(leaf) ? markOf(study.marks, leaf) : undefined;
    if (mark === undefined) continue;
    const message = `${JSON.stringify(described(leaf)).replaceAll('\\"', "'")} is never decided: source ${source} does not send the row as it was before.`;
    yield warning(mark, { code: "RULE_BEFORE_NOT_SENT", message, remedy });
  }
  for (const { mark, reads } of argumentsOf(study, rule)) {
    const path = reads.find(({ path: { root } }) => root === "before")?.path;
    if (path === undefined) continue;
    const message = `${JSON.stringify(nameOfPath(path))} is never there: source ${source} does not send the row as it was before.`;
    yield warning(mark, { code: "RULE_BEFORE_NOT_SENT", message, remedy });
  }
}

/** `$changed` and `$changedTo` are decided by the names of what changed, too. */
function needsBefore(leaf: LeafCondition): boolean {
  if (leaf.kind === "change") return ["$changedFrom", "$increasedBy", "$decreasedBy"].includes(leaf.operator) || operandReads(leaf.operand);
  if (leaf.kind === "library") return isBefore(leaf.fact) || (leaf.operand.kind === "fact" && isBefore(leaf.operand.fact));
  if (leaf.kind === "test") return isBefore(leaf.path) || operandReads(leaf.operand);
  return leaf.kind === "element" ? isBefore(leaf.path) : leaf.reads.some(isBefore);
}

function operandReads(operand: Extract<Condition, { kind: "test" }>["operand"]): boolean {
  if (operand.kind === "path") return isBefore(operand.path);
  return operand.kind === "list" && operand.items.some(operandReads);
}

function isBefore({ root }: Path): boolean {
  return root === "before";
}
