import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import type { CompiledCondition } from "../condition/compile.ts";
import { eventFacts, type Facts } from "../facts/facts.ts";
import type { CompiledRule, RuleSummary } from "../rule/compiled-rule.ts";
import { consultAll, type Consultations } from "./consultations.ts";
import { explainEntry, partsOfEntry, type EntryParts } from "./entry.ts";
import type { Subject } from "./examine.ts";
import { explainCondition } from "./explain-condition.ts";
import type { Addressed, Explanation } from "./explanation.ts";
import { MOST_SHOWN_IN_ALL, type Room } from "./look.ts";
import { findNearestMiss } from "./nearest-miss.ts";

/** What json-rules-engine said, by what it was asked of: the event, or one element of it. */
type Asked = ReadonlyMap<Facts, Consultations>;

/** Says why a rule matches an event, or why not. It waits only where json-rules-engine decides a part of the condition, or of an entry's own. */
export function explain(rule: CompiledRule, event: ChangeEvent, values: Row): Explanation | Promise<Explanation> {
  const facts = eventFacts(event, values);
  const entries = rule.then.map((then) => partsOfEntry(then, facts));
  const questions = [
    { condition: rule.condition, facts },
    ...entries.flatMap(({ then, parts }) => parts.map((part) => ({ condition: then.when, facts: part }))),
  ].filter((question): question is Question => question.condition !== undefined && question.condition.engines.length > 0);
  const answer = (asked: Asked): Explanation => explained(rule, event, { facts, entries, asked });
  return questions.length === 0 ? answer(new Map()) : ask(questions).then(answer);
}

interface Question {
  readonly condition: CompiledCondition;
  readonly facts: Facts;
}

async function ask(questions: readonly Question[]): Promise<Asked> {
  const asked = new Map<Facts, Consultations>();
  for (const { condition, facts } of questions)
    asked.set(facts, new Map([...(asked.get(facts) ?? []), ...(await consultAll(condition, facts))]));
  return asked;
}

interface Found {
  readonly facts: Facts;
  readonly entries: readonly EntryParts[];
  readonly asked: Asked;
}

function explained({ summary, condition }: CompiledRule, event: ChangeEvent, { facts, entries, asked }: Found): Explanation {
  const room: Room = { left: MOST_SHOWN_IN_ALL };
  const about = (one: Facts): Pick<Subject, "facts" | "consultations"> => ({ facts: one, consultations: asked.get(one) ?? new Map() });
  const { when, examined } = explainCondition(condition, about(facts), room);
  const on = addressed(summary, event);
  return {
    rule: summary.name,
    eventId: event.id,
    matches: when.verdict === "true" && on.every(({ fits }) => fits),
    on,
    when,
    nearestMiss: when.verdict === "true" ? undefined : findNearestMiss(examined),
    then: entries.map((entry) => explainEntry(entry, (own, part) => explainCondition(own, about(part), room).when)),
  };
}

function addressed(rule: RuleSummary, event: ChangeEvent): readonly Addressed[] {
  const { enabled, source, collections, operations, origins } = rule;
  const holds = (what: Addressed["what"], expected: readonly string[], actual: string): Addressed => {
    return { what, fits: expected.includes(actual), expected, actual };
  };
  return [
    holds("enabled", ["true"], String(enabled)),
    holds("source", [source], event.source),
    holds("collection", collections, event.collection),
    holds("operation", operations, event.operation),
    holds("origin", origins, event.origin),
  ];
}
