import { deliveryKey, type Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import { eventFacts, type Notes } from "../facts/facts.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";
import type { Finder } from "./finder.ts";
import { fulfil } from "./fulfil.ts";
import { reasonOf, type Gathering, type Shown } from "./gathering.ts";

/** Makes `match` for rules of which none waits for json-rules-engine. */
export function matcherOfPlain<Drawer>(shelves: Shelves<Drawer>): (events: readonly ChangeEvent[]) => Matched {
  return (events) =>
    matchPlain(
      events,
      events.map((event) => shelves.filing.find(event)),
      shelves,
    );
}

/** Where rules are, and the files of `values/`. */
export interface Shelves<Drawer> {
  readonly filing: Finder<Drawer>;
  readonly values: Row;
}

/** Matches events, each with its drawer, where no candidate waits. */
export function matchPlain<Drawer>(
  events: readonly ChangeEvent[],
  drawers: readonly (Drawer | undefined)[],
  { filing, values }: Shelves<Drawer>,
): Matched {
  const gathering: Gathering = { deliveries: [], failures: [], undecided: [] };
  const notes: Notes = { missed: [], verdicts: [] };
  events.forEach((event, index) => {
    const drawer = drawers[index];
    if (drawer !== undefined) matchAll(filing, drawer, show(event, values, notes), gathering);
  });
  return gathering;
}

// oxlint-disable-next-line max-params -- the hot path makes no object
function matchAll<Drawer>(filing: Finder<Drawer>, drawer: Drawer, shown: Shown, gathering: Gathering): void {
  const { entries, size } = filing.search(drawer, shown.facts);
  for (let at = 0; at < size; at++) {
    const { rule } = entries[at] as (typeof entries)[number];
    if (!matches(rule, shown, gathering)) continue;
    for (const then of rule.then) fulfil(then, shown, gathering);
  }
}

export function show(event: ChangeEvent, values: Row, notes: Notes): Shown {
  return { event, facts: eventFacts(event, values, notes), keyText: undefined, room: undefined };
}

export function matches(rule: CompiledRule, { facts, event }: Shown, gathering: Gathering): boolean {
  const { condition, summary } = rule;
  if (condition.engines.length === 0 && facts.missed.length > 0) facts.missed.length = 0;
  try {
    const truth = condition.decide(facts);
    if (truth === undefined) gathering.undecided.push({ eventId: event.id, rule: summary.name, paths: [...new Set(facts.missed)] });
    return truth === true;
  } catch (error) {
    fail(rule, event, { reason: reasonOf(error), gathering });
    return false;
  }
}

/** No `then` entry can be called `(when)`: names have no brackets. */
export function fail({ summary }: CompiledRule, event: ChangeEvent, { reason, gathering }: { reason: string; gathering: Gathering }): void {
  const key = deliveryKey(event.id, summary.name, "(when)");
  const entry = { rule: summary.name, then: undefined, service: undefined, action: undefined };
  gathering.failures.push({ key, eventId: event.id, ...entry, code: "CONDITION_FAILED", reason });
}
