import { FINDINGS } from "../../../packages/rules/src/analysis/table.ts";
import { code, table } from "../markdown.ts";

/** Everything that the analysis of rules finds, with the sentence that it has of it. */
export function findingTable(): string {
  return table(
    ["code", "warns of"],
    [...FINDINGS].map(([name, sentence]) => [code(name), sentence]),
  );
}
