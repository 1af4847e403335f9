import { deliveryKey, laneId, type FailedMatch, type Matched, type NewDelivery, type Undecided } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { encodeValue, rowFrom, type Row } from "@backstitch/core/values";
import { LibraryRejection } from "../condition/library/rejection.ts";
import { eventFacts, type Facts } from "../facts/facts.ts";
import type { CompiledRule, CompiledThen } from "../rule/compiled-rule.ts";
import { ArgumentFault } from "../template/fault.ts";
import { consultationOf } from "./consult-engine.ts";
import type { Drawer, Filing } from "./filing.ts";

/** What is gathered while a batch is matched. */
interface Gathering {
  readonly deliveries: NewDelivery[];
  readonly failures: FailedMatch[];
  readonly undecided: Undecided[];
}

/** One event on its way through its candidates. */
interface Shown {
  readonly event: ChangeEvent;
  readonly facts: Facts;
  /** Canonical text of the row's key, made when a delivery first needs it. */
  keyText: string | null | undefined;
}

/** Makes `match`: it waits only where a candidate rule is decided by json-rules-engine. */
export function matcher(filing: Filing, values: Row): (events: readonly ChangeEvent[]) => Matched | Promise<Matched> {
  return (events) => {
    const drawers = events.map(filing);
    const gathering: Gathering = { deliveries: [], failures: [], undecided: [] };
    if (drawers.some((drawer) => drawer?.waits === true)) return matchWaiting(events, drawers, { gathering, values });
    for (const [index, event] of events.entries()) {
      const drawer = drawers[index];
      if (drawer === undefined) continue;
      const shown = show(event, values);
      for (const rule of drawer.rules) decide(rule, shown, gathering);
    }
    return gathering;
  };
}

async function matchWaiting(
  events: readonly ChangeEvent[],
  drawers: readonly (Drawer | undefined)[],
  { gathering, values }: { gathering: Gathering; values: Row },
): Promise<Matched> {
  for (const [index, event] of events.entries()) {
    const shown = show(event, values);
    for (const rule of drawers[index]?.rules ?? []) {
      if (await consult(rule, shown, gathering)) decide(rule, shown, gathering);
    }
  }
  return gathering;
}

/** Puts the library's verdicts where the condition looks for them; false where the library rejected. */
async function consult({ summary, condition }: CompiledRule, { event, facts }: Shown, { failures }: Gathering): Promise<boolean> {
  facts.missed.length = 0;
  facts.verdicts.length = 0;
  try {
    for (const engine of condition.engines) facts.verdicts.push(await consultationOf(engine)(facts));
    return true;
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    const why = typeof code === "string" ? code : typeof name === "string" ? name : "Error";
    failures.push(failedCondition(event, summary.name, `json-rules-engine could not decide the condition (${why}).`));
    return false;
  }
}

function show(event: ChangeEvent, values: Row): Shown {
  return { event, facts: eventFacts(event, values), keyText: undefined };
}

function decide(rule: CompiledRule, shown: Shown, gathering: Gathering): void {
  const { facts, event } = shown;
  const { condition, summary } = rule;
  if (condition.engines.length === 0 && facts.missed.length > 0) facts.missed.length = 0;
  try {
    const truth = condition.decide(facts);
    if (truth === true) for (const then of rule.then) deliver(rule, then, shown, gathering);
    else if (truth === undefined) gathering.undecided.push({ eventId: event.id, rule: summary.name, paths: [...new Set(facts.missed)] });
  } catch (error) {
    const reason =
      error instanceof LibraryRejection
        ? `json-rules-engine rejects the run: ${error.message}.`
        : `The condition could not be decided (${nameOf(error)}).`;
    gathering.failures.push(failedCondition(event, summary.name, reason));
  }
}

// oxlint-disable-next-line max-params -- the innermost step of the hot path: no object is made for it
function deliver({ summary }: CompiledRule, then: CompiledThen, shown: Shown, gathering: Gathering): void {
  const { event, facts } = shown;
  const rule = summary.name;
  const { name, service, action, ifUncertain, retry } = then;
  const key = deliveryKey(event.id, rule, name);
  try {
    const args = then.render(facts);
    const lane = laneId(rule, name, event.collection, (shown.keyText ??= keyTextOf(event)));
    gathering.deliveries.push({ key, eventId: event.id, rule, then: name, service, action, args, lane, ifUncertain, retry });
  } catch (error) {
    const [code, reason] =
      error instanceof ArgumentFault
        ? [error.code, error.message]
        : ["TEMPLATE_FAILED", `The arguments could not be made (${nameOf(error)}).`];
    gathering.failures.push({ key, eventId: event.id, rule, then: name, service, action, code, reason });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** No `then` entry can be called `(when)`: names have no brackets. */
function failedCondition(event: ChangeEvent, rule: string, reason: string): FailedMatch {
  const key = deliveryKey(event.id, rule, "(when)");
  return { key, eventId: event.id, rule, then: undefined, service: undefined, action: undefined, code: "CONDITION_FAILED", reason };
}

function keyTextOf({ previousKey, key }: ChangeEvent): string | null {
  const row = previousKey ?? key;
  if (row === null) return null;
  const names = Object.keys(row);
  if (names.length < 2) return encodeValue(row);
  return encodeValue(rowFrom(names.sort().map((name) => [name, row[name] ?? null] as const)));
}
