import type { Value } from "@backstitch/core/values";
import type { Operand } from "../../condition/form.ts";
import { equal, isNumber } from "../../condition/operators/compare.ts";
import { OPERATORS } from "../../condition/operators/index.ts";
import { nameOfPath, type Path } from "../../path/resolve-path.ts";
import type { About, Verdict } from "./leaf.ts";
import { isComposite, type Sample } from "./samples.ts";

const ORDERING = new Set(["$gt", "$gte", "$lt", "$lte"]);
/** What they say is the same of all values between two constants. */
const BY_CONSTANTS = new Set([...ORDERING, "$eq", "$in"]);

/** A test of an expression. */
export function aboutTest(path: Path, operator: string, operand: Operand): About {
  const literal = operand.kind === "literal" ? operand : undefined;
  const isSize = operator === "$size";
  const items = operator === "$in" && Array.isArray(literal?.value) ? (literal.value as readonly Value[]) : [literal?.value ?? null];
  return {
    path,
    of: nameOfPath(path),
    reads: OPERATORS.get(operator)?.reads ?? "each",
    constants: literal !== undefined && BY_CONSTANTS.has(operator) ? items : [],
    sizes: isSize && typeof literal?.value === "number" ? [literal.value] : [],
    ofLists: isSize,
    presence: operator === "$exists",
    says: literal === undefined ? (sample) => saysUnknown(operator, sample) : (sample) => saysLiteral(operator, sample, literal.value),
  };
}

/** The operand is read from the event: what compares with nothing is false all the same. */
function saysUnknown(operator: string, { kind }: Sample): Verdict {
  if (ORDERING.has(operator)) return kind === "number" || kind === "text" ? undefined : false;
  if (operator === "$size") return kind === "list" ? undefined : false;
  return undefined;
}

function saysLiteral(operator: string, sample: Sample, operand: Value): Verdict {
  const value = sample.value as Value | undefined;
  const matches = OPERATORS.get(operator)?.matches;
  if (matches === undefined) return undefined;
  if (sample.exact || operator === "$exists" || operator === "$size") return matches(value, operand);
  if (operator === "$regex") return sample.kind === "text" ? undefined : false;
  if (!BY_CONSTANTS.has(operator)) return undefined;
  // One array or row stands for all of them that are not named.
  const named = operator === "$in" && Array.isArray(operand) ? operand.some(isComposite) : isComposite(operand);
  return isComposite(value) && named ? undefined : matches(value, operand);
}

/** The one value that a change operator reads is equal to this. */
export function aboutEqual(path: Path, wanted: Value): About {
  return { ...pinned(path), constants: [wanted], says: ({ value }) => equal(value as Value | undefined, wanted) };
}

/** The one value that a change operator reads is a number. */
export function aboutNumber(path: Path): About {
  return { ...pinned(path), says: ({ value }) => isNumber(value as Value | undefined) };
}

function pinned(path: Path): Omit<About, "says"> {
  return { path, of: nameOfPath(path), reads: "pinned", constants: [], sizes: [], ofLists: false, presence: false };
}

/** There is an array: `$elemMatch`. */
export function aboutList(path: Path): About {
  return { ...pinned(path), reads: "whole", ofLists: true, says: ({ kind }) => (kind === "list" ? undefined : false) };
}
