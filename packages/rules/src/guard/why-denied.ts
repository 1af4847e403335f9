import type { Condition } from "../condition/form.ts";
import { partsOf } from "../condition/size-of.ts";
import { nameOfPath } from "../path/resolve-path.ts";

/** A sentence names no more. */
const MOST_NAMED = 3;

/**
 * The tests because of which a condition is not true, `args.to $regex`, without what they compare with, which may name a recipient.
 * @param isTrue Decides a part of the condition.
 */
export function whyDenied(condition: Condition, isTrue: (part: Condition) => boolean): string {
  const names = [...new Set(testsAgainst(condition, isTrue))];
  const shown = names.slice(0, MOST_NAMED).join(", ");
  return names.length <= MOST_NAMED ? shown : `${shown}, …`;
}

function testsAgainst(condition: Condition, isTrue: (part: Condition) => boolean): readonly string[] {
  const parts = partsOf(condition);
  switch (condition.kind) {
    case "const":
      return ["never"];
    case "test":
      return [`${nameOfPath(condition.path)} ${condition.operator}`];
    case "element":
      return [`${nameOfPath(condition.path)} $elemMatch`];
    case "library":
      return [`${nameOfPath(condition.fact)} ${condition.operator}`];
    case "not":
      return parts.flatMap((part) => testsAgainst(part, (inner) => !isTrue(inner))).map((name) => `not ${name}`);
    case "and":
    case "or":
    case "staged":
      return parts.filter((part) => !isTrue(part)).flatMap((part) => testsAgainst(part, isTrue));
    // A guard has neither operators of change nor facts of its own.
    case "change":
    case "engine":
      return [];
  }
}
