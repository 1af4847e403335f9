import type { Facts } from "../../facts/facts.ts";
import { compileMissed, isPlainName, rootOf } from "../../facts/read.ts";
import { ofPath, type Path } from "../../path/resolve-path.ts";
import { anyOf } from "../compile-operand.ts";
import type { LibraryTest, Staged } from "../form.ts";
import type { Truth } from "../truth.ts";
import { libraryCompare, type Compare } from "./operators.ts";
import { plainValue, readLibraryPath } from "./path.ts";

type Part = (facts: Facts) => Truth;

/** Compiles a leaf of json-rules-engine. What it throws is what the library would throw: the rule's run is then rejected. */
export function compileLibraryTest({ fact, operator, operand }: LibraryTest): Part {
  const left = compileFact(fact);
  const right = operand.kind === "fact" ? compileFact(operand.fact) : undefined;
  const literal = operand.kind === "literal" ? operand.value : undefined;
  const compare = libraryCompare(operator);
  const missed = anyOf([compileMissed(fact), operand.kind === "fact" ? compileMissed(operand.fact) : undefined]);
  if (right === undefined && missed !== undefined && isFieldOfAfter(fact))
    return testFieldOfAfter(fact.segments[0], { missed, literal, compare });
  const holds: (facts: Facts) => boolean =
    right === undefined ? (facts) => compare(left(facts), literal) : (facts) => compare(left(facts), right(facts));
  return missed === undefined ? holds : (facts) => (missed(facts) ? undefined : holds(facts));
}

/** A root that is null is null to the library, although expressions count it as missing; of what is no object, a path reads the whole. */
export const compileFact = ofPath((path): ((facts: Facts) => unknown) => {
  const { root, segments } = path;
  const nullable = root === "before" || root === "after" || root === "key" ? root : undefined;
  const read = rootOf(path);
  if (isFieldOfAfter(path)) return readFieldOfAfter(segments[0]);
  return (facts) => {
    const fact: unknown = nullable === undefined ? read(facts, undefined) : facts[nullable];
    const found = typeof fact === "object" && fact !== null && segments.length > 0 ? readLibraryPath(fact, segments) : fact;
    return plainValue(found);
  };
});

/** Most leaves read one: it is worth lines of its own. */
function isFieldOfAfter({ root, segments }: Path): boolean {
  return root === "after" && segments.length === 1 && isPlainName(segments[0] ?? "");
}

function readFieldOfAfter(name = ""): (facts: Facts) => unknown {
  return ({ after }) => {
    if (after === null) return null;
    const value = after[name];
    return typeof value === "object" ? plainValue(value) : value;
  };
}

interface Comparison {
  readonly missed: (facts: Facts) => boolean;
  readonly compare: Compare;
  readonly literal: unknown;
}

function testFieldOfAfter(name = "", { missed, compare, literal }: Comparison): Part {
  return (facts) => {
    if (facts.unsent.length > 0 && missed(facts)) return undefined;
    const { after } = facts;
    const value = after === null ? null : after[name];
    return compare(typeof value === "object" ? plainValue(value) : value, literal);
  };
}

/** Every part of a stage is asked, as the library asks them at the same time: one that throws rejects the run whatever the others say. */
export function compileStaged({ mode }: Staged, stages: readonly (readonly Part[])[]): Part {
  const decides = mode === "any";
  return (facts) => {
    let whole: Truth = !decides;
    for (const stage of stages) {
      const truth = stageOf(stage, facts, decides, whole === undefined);
      if (truth === decides) return decides;
      if (truth === undefined) whole = undefined;
    }
    return whole;
  };
}

/** Where an earlier stage is undecided, the library may never ask this one: what it throws is then undecided, too. */
// oxlint-disable-next-line max-params -- a stage, what it is asked of, and how it counts
function stageOf(parts: readonly Part[], facts: Facts, decides: boolean, mayNotBeAsked: boolean): Truth {
  try {
    const truths = parts.map((part) => part(facts));
    return truths.includes(decides) ? decides : truths.includes(undefined) ? undefined : !decides;
  } catch (error) {
    if (mayNotBeAsked) return undefined;
    throw error;
  }
}
