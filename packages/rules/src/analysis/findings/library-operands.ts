import type { Problem } from "@backstitch/core/rules";
import type { LibraryTest } from "../../condition/form.ts";
import type { Mark } from "../../condition/marks.ts";
import { shown } from "../../condition/shown.ts";
import { everyLeaf } from "../leaves.ts";
import type { Check } from "../study.ts";
import { markOf, warning } from "../warning.ts";

/** What json-rules-engine takes on the right, and does something else with. */
export const libraryOperands: Check = {
  finds: { CONDITION_REJECTED: "what makes json-rules-engine reject the run: `in` without a list" },
  *find(study) {
    for (const leaf of everyLeaf(study)) {
      const mark = leaf.kind === "library" ? markOf(study.marks, leaf) : undefined;
      if (leaf.kind === "library" && mark !== undefined) yield* ofLeaf({ ...mark, at: [...mark.at, "value"] }, leaf);
    }
  },
};

function* ofLeaf(mark: Mark, { operator, operand, mayReject }: LibraryTest): Iterable<Problem> {
  const names = operator.split(":");
  if (operand.kind === "fact" || names.includes("swap")) return;
  const { value } = operand;
  if (mayReject) {
    const wanted = names.some((name) => name.endsWith("Value")) ? "a list" : "a list or a text";
    const message = `${JSON.stringify(operator)} needs ${wanted}, not ${shown(value)}: json-rules-engine rejects the run.`;
    yield warning(mark, { code: "CONDITION_REJECTED", message, remedy: "Put it in brackets." });
  }
  if (!/(?:less|greater)Than(?:Inclusive)?$/.test(operator) || names.some((name) => name.endsWith("Value"))) return;
  const why = unlikely(value);
  if (why !== undefined) yield warning(mark, { code: "CONDITION_TYPE", message: `${shown(value)} is ${why}.`, remedy: "Write a number." });
}

/** Dates as texts compare well; so it is only said of what begins with no digit, and of plain numbers. */
function unlikely(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return undefined;
  if (typeof value !== "string") return `no number: json-rules-engine takes it for ${shown(Number(value))}`;
  if (Number.isNaN(Number.parseFloat(value))) return "no number: no number is less or greater than it";
  return Number.isNaN(Number(value)) ? undefined : "a text: facts that are texts compare with it letter by letter";
}
