import type { Place, Problem } from "@backstitch/core/rules";
import type { Condition } from "../condition/form.ts";
import type { Mark, Marks } from "../condition/marks.ts";
import { partsOf } from "../condition/size-of.ts";

/** What is to be said of a place. */
export interface Said {
  readonly code: string;
  /** One sentence that quotes the value. */
  readonly message: string;
  readonly remedy?: string | undefined;
}

export function warningAt(place: Place, { code, message, remedy }: Said): Problem {
  return { place, code, severity: "warning", message, ...(remedy === undefined ? {} : { remedy }) };
}

export function warning({ located, at }: Mark, said: Said, what: "key" | "value" = "value"): Problem {
  return warningAt(located.placeOf(at, what), said);
}

/** Where a condition was written. A negated test stands where the test stands; what has no place of its own, where its first part does. */
export function markOf(marks: Marks, condition: Condition): Mark | undefined {
  const own = marks.places.get(condition);
  if (condition.kind === "not") {
    const { condition: inner } = condition;
    const isGroup = inner.kind === "and" || inner.kind === "or" || inner.kind === "staged" || inner.kind === "const";
    return isGroup ? (own ?? markOf(marks, inner)) : (markOf(marks, inner) ?? own);
  }
  if (own !== undefined) return own;
  for (const part of partsOf(condition)) {
    const mark = markOf(marks, part);
    if (mark !== undefined) return mark;
  }
  return undefined;
}
