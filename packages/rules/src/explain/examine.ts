import { encodeValue, type Row, type Value } from "@backstitch/core/values";
import { compileCondition } from "../condition/compile.ts";
import type { Condition } from "../condition/form.ts";
import { partsOf } from "../condition/size-of.ts";
import type { Facts } from "../facts/facts.ts";
import { reasonOf } from "../match/gathering.ts";
import type { Consultations } from "./consultations.ts";
import { concluded, groupOf } from "./group.ts";
import { negated, verdictOf, type Verdict } from "./verdict.ts";

/** A condition as it was decided, part by part, whether or not the part was needed. */
export interface Examined {
  readonly condition: Condition;
  readonly verdict: Verdict;
  readonly parts: readonly Examined[];
  /** Of a test: its number, what was not sent, and why it was rejected. */
  readonly number: number | undefined;
  readonly unsent: readonly string[];
  readonly reason: string | undefined;
}

/** What tests are asked of. */
export interface Subject {
  readonly facts: Facts;
  readonly consultations: Consultations;
  /** Inside `$elemMatch`. */
  readonly element?: Value | undefined;
  /** Gives the same test the same number; undefined: tests are not counted. */
  readonly numberOf: ((condition: Condition) => number) | undefined;
}

export function examine(condition: Condition, subject: Subject): Examined {
  switch (condition.kind) {
    case "and":
    case "or":
    case "staged": {
      const parts = partsOf(condition).map((part) => examine(part, subject));
      const verdicts = parts.map(({ verdict }) => verdict);
      return { condition, verdict: concluded(groupOf(condition), verdicts), parts, ...NO_TEST };
    }
    case "not": {
      const inner = examine(condition.condition, subject);
      return { condition, verdict: negated(inner.verdict), parts: [inner], ...NO_TEST };
    }
    case "const":
      return { condition, verdict: verdictOf(condition.value), parts: [], ...NO_TEST };
    case "test":
    case "element":
    case "change":
    case "library":
    case "engine":
      return { condition, parts: [], number: subject.numberOf?.(condition), ...decideTest(condition, subject) };
  }
}

const NO_TEST = { number: undefined, unsent: [], reason: undefined };

function decideTest(condition: Condition, { facts, consultations, element }: Subject): Pick<Examined, "verdict" | "unsent" | "reason"> {
  facts.missed.length = 0;
  const consulted = condition.kind === "engine" ? consultations.get(condition) : undefined;
  if (consulted !== undefined && "reason" in consulted) return { verdict: "rejected", unsent: [], reason: consulted.reason };
  facts.verdicts.length = 0;
  facts.verdicts.push(consulted?.verdict);
  try {
    const verdict = verdictOf(compileCondition(condition).decide(facts, element));
    return { verdict, unsent: [...new Set([...facts.missed, ...(consulted?.unsent ?? [])])], reason: undefined };
  } catch (error) {
    return { verdict: "rejected", unsent: [], reason: reasonOf(error) };
  }
}

/** Numbers tests from 1 as they are met: those that are written alike are one test. */
export function newNumbering(): (condition: Condition) => number {
  const byText = new Map<unknown, number>();
  return (condition) => {
    // One that json-rules-engine decides holds functions: it is the same only where it is the same object.
    const same = condition.kind === "engine" ? condition : encodeValue(condition as unknown as Row);
    const known = byText.get(same);
    if (known !== undefined) return known;
    byText.set(same, byText.size + 1);
    return byText.size;
  };
}
