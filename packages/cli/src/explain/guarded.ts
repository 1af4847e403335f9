import type { Guard } from "@backstitch/core/rules";
import type { Project } from "@backstitch/project";
import type { ExplainedPart, ExplainedThen, Explanation } from "@backstitch/rules";

/** What an entry asks for, with what its service's guards say of that; undefined: it has none, or the arguments cannot be rendered. */
export interface GuardedPart extends ExplainedPart {
  readonly guard: ReturnType<Guard["permits"]> | undefined;
}

export interface GuardedThen extends ExplainedThen {
  readonly parts: readonly GuardedPart[];
}

export interface GuardedExplanation extends Explanation {
  readonly then: readonly GuardedThen[];
}

/** The guards as they are now, as an attempt would ask them. */
export function withGuards(explanation: Explanation, services: Project["services"]): GuardedExplanation {
  const then = explanation.then.map((entry): GuardedThen => {
    const guard = services.find(({ name }) => name === entry.service)?.guard;
    const parts = entry.parts.map((part) => ({ ...part, guard: part.args && guard?.permits(entry.action, part.args) }));
    return { ...entry, parts };
  });
  return { ...explanation, then };
}
