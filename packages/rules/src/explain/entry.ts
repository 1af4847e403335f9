import type { CompiledCondition } from "../condition/compile.ts";
import type { Facts } from "../facts/facts.ts";
import { faultOf } from "../match/gathering.ts";
import type { CompiledThen } from "../rule/compiled-rule.ts";
import { renderThen } from "../rule/render-then.ts";
import type { ExplainedCondition, ExplainedPart, ExplainedThen, Fault } from "./explanation.ts";

/** Elements of `each` that are shown of one entry. */
const MOST_PARTS = 10;

/** A `then` entry with what it is asked of: the event, or the first elements of its list. */
export interface EntryParts {
  readonly then: CompiledThen;
  readonly parts: readonly Facts[];
  readonly more: number;
  readonly fault: Fault | undefined;
}

export function partsOfEntry(then: CompiledThen, facts: Facts, most = MOST_PARTS): EntryParts {
  const { elements } = then;
  if (elements === undefined) return { then, parts: [facts], more: 0, fault: undefined };
  try {
    const items = elements(facts);
    const parts = items.slice(0, most).map((item, index) => ({ ...facts, item, index }));
    return { then, parts, more: items.length - parts.length, fault: undefined };
  } catch (error) {
    return { then, parts: [], more: 0, fault: faultOf(error) };
  }
}

export function explainEntry(
  { then, parts, more, fault }: EntryParts,
  explain: (when: CompiledCondition, facts: Facts) => ExplainedCondition,
): ExplainedThen {
  const { name, service, action, when } = then;
  const explained = parts.map((facts): ExplainedPart => {
    return { index: facts.index, when: when && explain(when, facts), ...render(then, facts) };
  });
  return { name, service, action, parts: explained, more, fault };
}

function render(then: CompiledThen, facts: Facts): Pick<ExplainedPart, "args" | "fault"> {
  try {
    const args = renderThen(then, facts, () => then.name);
    // What cannot be put in order is not delivered either.
    if (typeof then.order === "function") then.order(facts);
    return { args, fault: undefined };
  } catch (error) {
    return { args: undefined, fault: faultOf(error) };
  }
}
