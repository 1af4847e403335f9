import type { ChangeEvent } from "@backstitch/core/source";
import { compileElement } from "../condition/compile-test.ts";
import type { CompiledCondition } from "../condition/compile.ts";
import type { Condition } from "../condition/form.ts";
import { consultAll, isRejected } from "../explain/consultations.ts";
import { partsOfEntry } from "../explain/entry.ts";
import { examine, type Examined, type Subject } from "../explain/examine.ts";
import { concluded, groupOf, type Group } from "../explain/group.ts";
import { negated, type Verdict } from "../explain/verdict.ts";
import { eventFacts, type Facts } from "../facts/facts.ts";
import { fileRules } from "../match/filing.ts";
import type { PreparedRule } from "./prepare.ts";

/** A leaf that decided, and what it came to: were it the opposite, the condition would come out otherwise. */
export interface DecidingLeaf {
  readonly leaf: Condition;
  readonly truth: boolean;
}

/** The leaves that decide in one of these events, those of entries included; an event that the rule does not look at is decided by no leaf. */
export async function decidingIn(rule: PreparedRule, events: readonly ChangeEvent[]): Promise<readonly DecidingLeaf[]> {
  const { find } = fileRules([rule]);
  const found = new Map<Condition, Map<boolean, DecidingLeaf>>();
  for (const event of events.filter((one) => find(one) !== undefined)) {
    for (const one of await decidingOf(rule, eventFacts(event, rule.values)))
      found.set(one.leaf, (found.get(one.leaf) ?? new Map<boolean, DecidingLeaf>()).set(one.truth, one));
  }
  return [...found.values()].flatMap((each) => [...each.values()]);
}

/** An entry is asked where the rule matches, once for each of its elements. */
async function decidingOf({ condition, then }: PreparedRule, facts: Facts): Promise<readonly DecidingLeaf[]> {
  const { verdict, deciding } = await decide(condition, facts);
  if (verdict !== "true") return deciding;
  const found = [...deciding];
  for (const entry of then) {
    const { when } = entry;
    if (when === undefined) continue;
    for (const part of partsOfEntry(entry, facts, Infinity).parts) found.push(...(await decide(when, part)).deciding);
  }
  return found;
}

interface Decided {
  readonly verdict: Verdict;
  readonly deciding: readonly DecidingLeaf[];
}

async function decide(condition: CompiledCondition, facts: Facts): Promise<Decided> {
  const consultations = await consultAll(condition, facts);
  if (isRejected(condition, consultations)) return { verdict: "rejected", deciding: [] };
  const subject: Subject = { facts, consultations, numberOf: undefined };
  const examined = examine(condition.form, subject);
  return { verdict: examined.verdict, deciding: [...visit({ examined, subject }, (verdict) => verdict)] };
}

interface Part {
  readonly examined: Examined;
  readonly subject: Subject;
}

/** What the whole comes to where a part comes to that. */
type Whole = (verdict: Verdict) => Verdict;

/** What is undecided or rejected has no opposite. */
function* visit({ examined, subject }: Part, whole: Whole): Iterable<DecidingLeaf> {
  const { condition, verdict } = examined;
  const parts = examined.parts.map((part): Part => ({ examined: part, subject }));
  switch (condition.kind) {
    case "const":
      return;
    case "not":
      for (const part of parts) yield* visit(part, (one) => whole(negated(one)));
      return;
    case "and":
    case "or":
    case "staged":
      return yield* visitGroup(groupOf(condition), parts, whole);
    case "element":
      return yield* visitGroup(SOME, elementsOf(condition, subject), whole);
    case "test":
    case "change":
    case "library":
    case "engine":
      if ((verdict === "true" || verdict === "false") && whole(verdict) !== whole(negated(verdict)))
        yield { leaf: condition, truth: verdict === "true" };
  }
}

function* visitGroup(group: Group, parts: readonly Part[], whole: Whole): Iterable<DecidingLeaf> {
  const verdicts = parts.map(({ examined }) => examined.verdict);
  for (const [index, part] of parts.entries()) yield* visit(part, (verdict) => whole(concluded(group, verdicts.with(index, verdict))));
}

const SOME = groupOf({ kind: "or", any: [] });

/** None where the list was not sent. */
function elementsOf(elements: Extract<Condition, { kind: "element" }>, subject: Subject): readonly Part[] {
  const parts: Part[] = [];
  const gather = compileElement(elements, (_, element) => {
    const inside = { ...subject, element };
    parts.push({ examined: examine(elements.condition, inside), subject: inside });
    return false;
  });
  gather(subject.facts, subject.element);
  return parts;
}
