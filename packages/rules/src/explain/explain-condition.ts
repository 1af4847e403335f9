import type { CompiledCondition } from "../condition/compile.ts";
import { isRejected } from "./consultations.ts";
import { describe } from "./describe.ts";
import { examine, newNumbering, type Examined, type Subject } from "./examine.ts";
import type { ExplainedCondition } from "./explanation.ts";
import type { Room } from "./look.ts";

/** A condition explained, and as it was examined. */
export interface ConditionExplained {
  readonly when: ExplainedCondition;
  readonly examined: Examined;
}

export function explainCondition(
  condition: CompiledCondition,
  asked: Pick<Subject, "facts" | "consultations" | "element">,
  room: Room,
): ConditionExplained {
  const subject: Subject = { ...asked, numberOf: newNumbering() };
  const examined = examine(condition.form, subject);
  const rejected = isRejected(condition, asked.consultations);
  const described = describe(examined, { subject, base: [], room }, !rejected);
  return { when: rejected ? { ...described, verdict: "rejected" } : described, examined };
}
