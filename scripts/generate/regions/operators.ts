import { SUMMARIES } from "../../../packages/rules/src/condition/operators/index.ts";
import { code, table } from "../markdown.ts";

/** Every operator with the sentence that the compiler has of it. */
export function operatorTable(): string {
  return table(
    ["operator", "true for"],
    [...SUMMARIES].map(([name, summary]) => [code(name), summary]),
  );
}
