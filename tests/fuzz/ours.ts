import { formatProblem, type Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, isRow, type Value } from "@backstitch/core/values";
import { compileRules, type Catalogue } from "@backstitch/rules";
import type { Trial, Verdict, Verdicts } from "./oracle.ts";

/** One source, one service that takes anything. */
export const CATALOGUE: Catalogue = {
  sources: ["shop"],
  services: new Map([["box", new Map([["put", { args: {}, repeat: "by-nature" as const }]])]]),
  validate: () => () => [],
};

/** What an event is where a trial says nothing else. */
export const PLAIN: ChangeEvent = {
  id: "0",
  source: "shop",
  origin: "log",
  operation: "update",
  database: "shopdb",
  collection: "orders",
  key: { id: 1 },
  previousKey: undefined,
  after: {},
  before: {},
  unsent: [],
  changed: [],
  committedAt: "2026-05-06T07:08:09.000000Z",
};

const ON = { source: "shop", collection: "orders" };
const THEN = [{ service: "box", action: "put", with: {} }];

/** What one rule set, compiled of all the conditions, says of each event. @throws where a condition is a problem */
export async function ourVerdicts({ whens, conditions, events }: Trial): Promise<Verdicts> {
  const rules = whens.map((when, index) => ({ path: `rules/${index}.json`, text: printed({ on: ON, when, then: THEN }) }));
  const named = Object.entries(conditions).map(([name, condition]) => ({ path: `conditions/${name}.json`, text: printed(condition) }));
  const { ruleSet, problems } = compileRules({ rules, conditions: named, templates: [], values: [] }, CATALOGUE);
  if (ruleSet === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  const verdicts = whens.map(() => events.map((): Verdict => "nothing"));
  const say = (verdict: Verdict, { rule, eventId }: { readonly rule: string; readonly eventId: string }): void => {
    const ofRule = verdicts[Number(rule)];
    if (ofRule !== undefined) ofRule[Number(eventId)] = verdict;
  };
  const matched: Matched = await ruleSet.match(events.map((event, index) => ({ ...PLAIN, ...event, id: String(index) })));
  for (const delivery of matched.deliveries) say("match", delivery);
  for (const undecided of matched.undecided) say("undecided", undecided);
  for (const failure of matched.failures) say("failed", failure);
  return verdicts;
}

/** JSON in which every number has the digits that it was spelled with. */
export function printed(value: Value): string {
  if (typeof value === "bigint" || value instanceof Decimal) return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(printed).join(",")}]`;
  if (!isRow(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${JSON.stringify(name)}:${printed(item)}`)
    .join(",")}}`;
}
