import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, isRow, rowFrom, type Value } from "@backstitch/core/values";
import { Engine, type TopLevelCondition } from "json-rules-engine";
import type { Random } from "../support/random.ts";
import { aGroup, aRow } from "./engine-conditions.ts";
import { pick } from "./mingo-values.ts";
import type { Oracle, Trial, Verdict } from "./oracle.ts";
import { PLAIN } from "./ours.ts";

const RULES = 12;
const EVENTS = 30;

/** json-rules-engine itself, with its own resolver of paths. A run that it rejects is a result, too. */
export const engine: Oracle = {
  name: "engine",
  trial: (random) => ({
    whens: Array.from({ length: RULES }, () => aGroup(random, 3, ["other"])),
    conditions: { other: aGroup(random, 1, []) },
    events: Array.from({ length: EVENTS }, () => anEvent(random)),
  }),
  async verdicts({ whens, conditions, events }) {
    const facts = events.map(factsOf);
    const verdicts = [];
    for (const when of whens) verdicts.push(await verdictsOf(engineOf(when, conditions), facts));
    return verdicts;
  },
};

function anEvent(random: Random): Partial<ChangeEvent> {
  return {
    operation: pick(random, ["insert", "update"]),
    key: pick(random, [null, { a: 1 }]),
    after: random.below(10) === 0 ? null : aRow(random),
    before: random.below(5) === 0 ? null : aRow(random),
    changed: pick(random, [[], ["a"], ["a", "b"]]),
  };
}

/** The library is given what any program would give it: plain numbers. */
function factsOf(event: Partial<ChangeEvent>): Record<string, unknown> {
  const { before, after, changed, key, operation, source, database, collection, committedAt } = { ...PLAIN, ...event };
  return { before: plain(before ?? null), after: plain(after), changed, key, operation, source, database, collection, committedAt };
}

function engineOf(when: Value, conditions: Trial["conditions"]): Engine {
  const made = new Engine([{ conditions: structuredClone(when) as unknown as TopLevelCondition, event: { type: "match" } }]);
  for (const [name, condition] of Object.entries(conditions)) {
    made.setCondition(name, structuredClone(condition) as unknown as TopLevelCondition);
  }
  return made;
}

/** One run after the other: runs of one engine share their state. */
async function verdictsOf(library: Engine, events: readonly Record<string, unknown>[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const facts of events) {
    const run = await library.run(facts).catch(() => undefined);
    verdicts.push(run === undefined ? "failed" : run.results.length > 0 ? "match" : "nothing");
  }
  return verdicts;
}

function plain(value: Value): unknown {
  if (value instanceof Decimal) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  return isRow(value) ? rowFrom(Object.entries(value).map(([name, item]) => [name, plain(item)] as const)) : value;
}
