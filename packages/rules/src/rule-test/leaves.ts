import type { ChangeEvent } from "@backstitch/core/source";
import type { Condition } from "../condition/form.ts";
import { partsOf } from "../condition/size-of.ts";
import { decidingLeaves, weigh } from "../condition/weigh.ts";
import { eventFacts, type Facts } from "../facts/facts.ts";
import { fileRules } from "../match/filing.ts";
import { consultationOf } from "../match/consult-engine.ts";
import type { PreparedRule } from "./prepare.ts";

/** A leaf that decided, and what it came to. */
export interface DecidingLeaf {
  readonly leaf: Condition;
  readonly truth: boolean;
}

/** The leaves that decide in one of these events; an event that the rule does not look at is decided by no leaf. */
export async function decidingIn(rule: PreparedRule, events: readonly ChangeEvent[]): Promise<readonly DecidingLeaf[]> {
  const { find } = fileRules([rule]);
  const found: DecidingLeaf[] = [];
  for (const event of events.filter((one) => find(one) !== undefined)) {
    const facts = eventFacts(event, rule.values);
    if (!(await consult(rule, facts))) continue;
    const deciding = decidingLeaves(weigh(rule.condition.form, { facts, engines: rule.condition.engines }));
    found.push(...[...deciding].map(([leaf, truth]) => ({ leaf, truth })));
  }
  return found;
}

/** False where json-rules-engine rejects: then nothing is decided. */
async function consult({ condition }: PreparedRule, facts: Facts): Promise<boolean> {
  try {
    for (const engine of condition.engines) facts.verdicts.push((await consultationOf(engine)(facts)).verdict);
    return true;
  } catch {
    return false;
  }
}

/** Every leaf once, in the order of the file. */
export function leavesOf(condition: Condition): readonly Condition[] {
  const found = new Set<Condition>();
  gather(condition, found);
  return [...found];
}

function gather(condition: Condition, found: Set<Condition>): void {
  const parts = partsOf(condition);
  const isLeaf = parts.length === 0 && !["const", "and", "or"].includes(condition.kind);
  if (isLeaf) found.add(condition);
  for (const part of parts) gather(part, found);
}
