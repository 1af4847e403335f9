import type { LibraryTest } from "../../condition/form.ts";
import { libraryCompare } from "../../condition/library/operators.ts";
import { nameOfPath } from "../../path/resolve-path.ts";
import type { About, Verdict } from "./leaf.ts";
import type { Sample } from "./samples.ts";

const ORDERING = ["lessThan", "lessThanInclusive", "greaterThan", "greaterThanInclusive"];
const OF_LISTS = ["contains", "doesNotContain"];

/** A leaf of json-rules-engine, without the negation that was taken off it. */
export function aboutLibrary({ fact, operand }: LibraryTest, operator: string): About {
  const literal = operand.kind === "literal" && !holdsBigint(operand.value) ? { value: operand.value } : undefined;
  const [base = "", ...decorators] = operator.split(":").reverse();
  const ofFacts = OF_LISTS.includes(base) || decorators.some((name) => name.endsWith("Fact"));
  const isPlain = literal !== undefined && !decorators.includes("swap") && isPlainOperand(base, decorators, literal.value);
  return {
    path: fact,
    of: `fact ${nameOfPath(fact)}`,
    reads: "library",
    constants: literal === undefined ? [] : [literal.value].flat(Infinity),
    sizes: [],
    ofLists: ofFacts,
    presence: false,
    says(sample) {
      if (literal === undefined) return ORDERING.includes(operator) && NO_NUMBER.has(sample.kind) ? false : undefined;
      if (sample.kind === "list" && ofFacts) return operator === "contains" && isObject(literal.value) ? false : undefined;
      return sample.exact || isPlain || ofFacts ? asked(operator, sample, literal.value) : undefined;
    },
  };
}

const NO_NUMBER = new Set(["missing", "null", "boolean", "row"]);

function asked(operator: string, { value }: Sample, literal: unknown): Verdict {
  try {
    return libraryCompare(operator)(value, literal);
  } catch {
    return "rejects";
  }
}

/** Whether it says the same of all facts that read like the same number, or like none. */
function isPlainOperand(base: string, decorators: readonly string[], value: unknown): boolean {
  const each = decorators.some((name) => name.endsWith("Value"));
  const values = each && Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (ORDERING.includes(base)) return values.every((item) => typeof item === "number");
  if (base === "in" || base === "notIn") return values.every((item) => typeof item !== "string");
  return true;
}

/** The fact is a list. */
export function aboutListFact({ fact }: LibraryTest): About {
  return {
    path: fact,
    of: `fact ${nameOfPath(fact)}`,
    reads: "library",
    constants: [],
    sizes: [],
    ofLists: true,
    presence: false,
    says: ({ kind }) => kind === "list",
  };
}

/** Equal to itself alone, and never a part of an event. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** No sample is a bigint, which is equal to no number. */
function holdsBigint(value: unknown): boolean {
  return typeof value === "bigint" || (Array.isArray(value) && value.some(holdsBigint));
}
