import type { Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileElement } from "./compile-test.ts";
import { compileCondition } from "./compile.ts";
import type { Condition, EngineCondition } from "./form.ts";
import { LibraryRejection } from "./library/rejection.ts";
import type { Truth } from "./truth.ts";

/** What a condition or a part of it comes to: json-rules-engine may also reject the run. */
export type Verdict = Truth | "rejected";

/** A condition with what every leaf of it came to; a leaf inside `$elemMatch` is there once for each element. */
export type Weighed =
  | { readonly kind: "leaf"; readonly leaf: Condition; readonly verdict: Verdict }
  | { readonly kind: "known"; readonly verdict: Verdict }
  | { readonly kind: "not"; readonly part: Weighed; readonly verdict: Verdict }
  | Group;

/** Stages are asked one after the other until one decides: of an `and` or `or` every part is a stage. */
interface Group extends Asked {
  readonly kind: "group";
  readonly verdict: Verdict;
}

interface Asked {
  /** What decides at once: false of a conjunction, true of a disjunction. */
  readonly decides: boolean;
  readonly stages: readonly (readonly Weighed[])[];
  /** After an undecided stage json-rules-engine may never ask the next: a rejection there is undecided, too. */
  readonly mayNotBeAsked: boolean;
}

/** What a condition is decided over: the engines are the rule's, in the order of their verdicts. */
export interface Weighing {
  readonly facts: Facts;
  readonly engines: readonly EngineCondition[];
}

/** Decides every leaf of a condition, those included that deciding the condition passes over. */
export function weigh(condition: Condition, over: Weighing, element?: Value): Weighed {
  const inside = (part: Condition): Weighed => weigh(part, over, element);
  switch (condition.kind) {
    case "const":
      return { kind: "known", verdict: condition.value };
    case "and":
      return group(false, condition.all.map(inside));
    case "or":
      return group(true, condition.any.map(inside));
    case "staged":
      return stagedGroup(
        condition.mode === "any",
        condition.stages.map((stage) => stage.map(inside)),
      );
    case "not": {
      const part = inside(condition.condition);
      return { kind: "not", part, verdict: opposite(part.verdict) };
    }
    case "element":
      return weighElements(condition, over, element);
    case "engine":
      return { kind: "leaf", leaf: condition, verdict: over.facts.verdicts[over.engines.indexOf(condition)] };
    case "test":
    case "change":
    case "library":
      return { kind: "leaf", leaf: condition, verdict: verdictOf(condition, over.facts, element) };
  }
}

function verdictOf(leaf: Condition, facts: Facts, element: Value | undefined): Verdict {
  try {
    return compileCondition(leaf).decide(facts, element);
  } catch (error) {
    if (error instanceof LibraryRejection) return "rejected";
    throw error;
  }
}

/** Some element: a disjunction over them all. */
function weighElements(elements: Extract<Condition, { kind: "element" }>, over: Weighing, element: Value | undefined): Weighed {
  const parts: Weighed[] = [];
  const visit = compileElement(elements, (_, item) => {
    parts.push(weigh(elements.condition, over, item));
    return false;
  });
  return visit(over.facts, element) === undefined ? { kind: "known", verdict: undefined } : group(true, parts);
}

function group(decides: boolean, parts: readonly Weighed[]): Group {
  const asked = { decides, stages: parts.map((part) => [part]), mayNotBeAsked: false };
  return { kind: "group", ...asked, verdict: joined(asked) };
}

function stagedGroup(decides: boolean, stages: readonly (readonly Weighed[])[]): Group {
  const asked = { decides, stages, mayNotBeAsked: true };
  return { kind: "group", ...asked, verdict: joined(asked) };
}

/** @param instead What one of the parts would come to in place of what it did. */
function joined({ decides, stages, mayNotBeAsked }: Asked, instead?: { readonly part: Weighed; readonly verdict: Verdict }): Verdict {
  let whole: Truth = !decides;
  for (const stage of stages) {
    const verdicts = stage.map((part) => (part === instead?.part ? instead.verdict : part.verdict));
    if (verdicts.includes("rejected")) {
      if (whole !== undefined || !mayNotBeAsked) return "rejected";
    } else if (verdicts.includes(decides)) return decides;
    else if (verdicts.includes(undefined)) whole = undefined;
  }
  return whole;
}

function opposite(verdict: Verdict): Verdict {
  return typeof verdict === "boolean" ? !verdict : verdict;
}

/**
 * The leaves that decide: were one of them the opposite, the whole would come out otherwise. What is undecided or rejected has no opposite.
 * @returns each with what it came to
 */
export function decidingLeaves(weighed: Weighed): ReadonlyMap<Condition, boolean> {
  const found = new Map<Condition, boolean>();
  visit(weighed, (verdict) => verdict, found);
  return found;
}

/** `whole`: what the whole comes to where this part comes to that. */
function visit(part: Weighed, whole: (verdict: Verdict) => Verdict, found: Map<Condition, boolean>): void {
  switch (part.kind) {
    case "known":
      return;
    case "leaf":
      if (typeof part.verdict === "boolean" && whole(part.verdict) !== whole(!part.verdict)) found.set(part.leaf, part.verdict);
      return;
    case "not":
      visit(part.part, (verdict) => whole(opposite(verdict)), found);
      return;
    case "group":
      for (const inner of part.stages.flat()) {
        visit(inner, (verdict) => whole(joined(part, { part: inner, verdict })), found);
      }
  }
}
