import type { CompiledCondition } from "../condition/compile.ts";
import { describe } from "./describe.ts";
import { examine, newNumbering, type Examined, type Subject } from "./examine.ts";
import type { ExplainedCondition } from "./explanation.ts";
import type { Room } from "./look.ts";

export type { Consultation, Consultations, Subject } from "./examine.ts";

/** A condition explained, and as it was examined. */
export interface ConditionExplained {
  readonly when: ExplainedCondition;
  readonly examined: Examined;
}

export function explainCondition(
  { form, engines }: CompiledCondition,
  asked: Pick<Subject, "facts" | "consultations">,
  room: Room,
): ConditionExplained {
  const subject: Subject = { ...asked, numberOf: newNumbering() };
  const examined = examine(form, subject);
  // The library is asked before anything else: what it rejects rejects the whole.
  const isRejected = engines.some((engine) => "reason" in (asked.consultations.get(engine) ?? {}));
  const described = describe(examined, { subject, base: [], room }, !isRejected);
  return { when: isRejected ? { ...described, verdict: "rejected" } : described, examined };
}
