import { deliveryKey, type Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import { eventFacts, type Notes } from "../facts/facts.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";
import { consult } from "./consult.ts";
import type { Drawer, Filing } from "./filing.ts";
import type { Entry } from "./index/bucket.ts";
import { fulfil, fulfilWaiting } from "./fulfil.ts";
import { reasonOf, type Gathering, type Shown } from "./gathering.ts";

export interface MatcherOptions {
  /** The files of `values/`. */
  readonly values: Row;
  /** Whether an entry's own condition is decided by json-rules-engine. */
  readonly entriesWait: boolean;
}

/** Makes `match`: it waits only where a candidate rule, or an entry of any rule, is decided by json-rules-engine. */
export function matcher(
  filing: Filing,
  { values, entriesWait }: MatcherOptions,
): (events: readonly ChangeEvent[]) => Matched | Promise<Matched> {
  return (events) => {
    const drawers = events.map(filing.find);
    const gathering: Gathering = { deliveries: [], failures: [], undecided: [] };
    const notes: Notes = { missed: [], verdicts: [] };
    if (entriesWait || drawers.some(waits)) return matchWaiting(events, drawers, { filing, gathering, values, notes });
    events.forEach((event, index) => {
      const drawer = drawers[index];
      if (drawer !== undefined) matchAll(filing, drawer, show(event, values, notes), gathering);
    });
    return gathering;
  };
}

// oxlint-disable-next-line max-params -- the hot path makes no object
function matchAll(filing: Filing, drawer: Drawer, shown: Shown, gathering: Gathering): void {
  const { entries, size } = filing.search(drawer, shown.facts);
  for (let at = 0; at < size; at++) {
    const { rule } = entries[at] as Entry;
    if (!matches(rule, shown, gathering)) continue;
    for (const then of rule.then) fulfil(then, shown, gathering);
  }
}

async function matchWaiting(
  events: readonly ChangeEvent[],
  drawers: readonly (Drawer | undefined)[],
  { filing, gathering, values, notes }: { filing: Filing; gathering: Gathering; values: Row; notes: Notes },
): Promise<Matched> {
  for (const [index, event] of events.entries()) {
    const drawer = drawers[index];
    if (drawer === undefined) continue;
    const shown = show(event, values, notes);
    const { entries, size } = filing.search(drawer, shown.facts);
    for (const { rule } of entries.slice(0, size)) {
      const reason = await consult(rule.condition, shown.facts);
      if (reason !== undefined) fail(rule, event, { reason, gathering });
      else if (matches(rule, shown, gathering)) {
        for (const then of rule.then) await fulfilWaiting(then, shown, gathering);
      }
    }
  }
  return gathering;
}

function waits(drawer: Drawer | undefined): boolean {
  return drawer !== undefined && drawer.some(({ waiting }) => waiting > 0);
}

function show(event: ChangeEvent, values: Row, notes: Notes): Shown {
  return { event, facts: eventFacts(event, values, notes), keyText: undefined, room: undefined };
}

function matches(rule: CompiledRule, { facts, event }: Shown, gathering: Gathering): boolean {
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
function fail({ summary }: CompiledRule, event: ChangeEvent, { reason, gathering }: { reason: string; gathering: Gathering }): void {
  const key = deliveryKey(event.id, summary.name, "(when)");
  const entry = { rule: summary.name, then: undefined, service: undefined, action: undefined };
  gathering.failures.push({ key, eventId: event.id, ...entry, code: "CONDITION_FAILED", reason });
}
