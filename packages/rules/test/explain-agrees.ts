/** Says how often `explain` and `match` differ on random pairs of a rule and an event: `node packages/rules/test/explain-agrees.ts COUNT SEED`. */
import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { compileRules, type CompiledRuleSet, type ExplainedCondition, type Explanation } from "../src/index.ts";
import { catalogue, surroundings } from "./catalogue.ts";
import { engineCondition, expression, randomEvent, randomFrom, type Random } from "./random-rules.ts";

const RULES = 200;
const EVENTS = 250;

/** What was compared: how many pairs of each verdict, and the first that differ. */
export interface Agreement {
  readonly pairs: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
}

export function compareOnRandomPairs(count: number, seed: number): Agreement {
  const random = randomFrom(seed);
  const verdicts: Record<string, number> = {};
  const differences: string[] = [];
  let pairs = 0;
  while (pairs < count) {
    const ruleSet = randomRuleSet(random);
    for (let index = 0; index < Math.min(EVENTS, Math.ceil((count - pairs) / RULES)); index++) {
      const event = randomEvent(random);
      const matched = ruleSet.match([event]);
      if (matched instanceof Promise) throw new Error("it waits");
      const said = verdictsOf(matched);
      for (const { name } of ruleSet.rules) {
        const { verdict, problem } = explained(ruleSet, name, { event, matched });
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
        const other = said.get(name) ?? "false";
        if ((verdict !== other || problem !== undefined) && differences.length < 10)
          differences.push(`${name}: ${verdict}, not ${other} ${problem ?? ""}`);
      }
    }
    pairs += RULES * Math.min(EVENTS, Math.ceil((count - pairs) / RULES));
  }
  return { pairs, verdicts, differences };
}

function randomRuleSet(random: Random): CompiledRuleSet {
  const rules = Array.from({ length: RULES }, (_, index) => {
    const when = index % 2 === 0 ? expression(random) : engineCondition(random);
    const rule = {
      enabled: random.below(20) > 0,
      on: { source: "shop", collection: "orders", operations: ["insert", "update", ...(random.below(2) === 0 ? ["delete"] : [])] },
      when,
      then: [
        { service: "sms", action: "send", with: { to: "t", body: random.below(3) === 0 ? "{{ after.a }}" : "b" } },
        ...random.several(1, () => ({
          name: "own",
          service: "sms",
          action: "send",
          with: { to: "t", body: random.below(3) === 0 ? "{{ after.b }}" : "b" },
          ...(random.below(2) === 0 ? { each: random.below(3) === 0 ? "after.a" : "after.items" } : {}),
          when: random.below(2) === 0 ? expression(random, 1) : engineCondition(random),
        })),
      ],
    };
    return { path: `rules/r${index}.json`, text: JSON.stringify(rule) };
  });
  const { ruleSet, problems } = compileRules({ ...surroundings, rules }, catalogue);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems.slice(0, 3)));
  return ruleSet;
}

/** What an entry asked for, and what failed in it: one word for each. */
function entriesOf({ deliveries, failures, undecided }: Matched, rule: string): readonly string[] {
  const all = [
    ...deliveries.map((one) => ({ ...one, said: "true" })),
    ...failures.map((one) => ({ ...one, said: one.code })),
    ...undecided.map((one) => ({ ...one, said: "undecided" })),
  ];
  return all.flatMap((one) => (one.rule === rule && one.then !== undefined ? [`${one.then} ${one.said}`] : [])).sort();
}

function explainedEntries({ then, matches }: Explanation): readonly string[] {
  if (!matches) return [];
  const said = then.flatMap(({ name, parts, fault }) => [
    ...parts.map(({ when, args, fault: own }) => {
      const verdict = when?.verdict ?? "true";
      const asks = args === undefined ? (own?.code ?? "") : "true";
      return `${name} ${verdict === "true" ? asks : verdict === "rejected" ? "CONDITION_FAILED" : verdict}`;
    }),
    ...(fault === undefined ? [] : [`${name} ${fault.code}`]),
  ]);
  // An entry that is undecided for several elements is so once, where they stand together.
  return said.filter((one, index) => !one.endsWith(" false") && !(one.endsWith(" undecided") && said.indexOf(one) !== index)).sort();
}

/** In the words of `explain`: what `match` says of each rule that it does not hold for false. */
function verdictsOf({ deliveries, failures, undecided }: Matched): ReadonlyMap<string, string> {
  return new Map([
    ...deliveries.map(({ rule }) => [rule, "true"] as const),
    ...failures.map(({ rule, then }) => [rule, then === undefined ? "rejected" : "true"] as const),
    ...undecided.map(({ rule, then }) => [rule, then === undefined ? "undecided" : "true"] as const),
  ]);
}

function explained(
  ruleSet: CompiledRuleSet,
  name: string,
  { event, matched }: { readonly event: ChangeEvent; readonly matched: Matched },
): { verdict: string; problem: string | undefined } {
  const explanation = ruleSet.explain(name, event);
  if (explanation === undefined || explanation instanceof Promise) throw new Error(`${name} is not explained`);
  const { when, on, matches, nearestMiss } = explanation;
  const isForRule = on.every(({ fits }) => fits);
  const odd =
    matches !== (isForRule && when.verdict === "true") || (nearestMiss === undefined) !== (when.verdict === "true")
      ? "matches or nearestMiss"
      : entriesOf(matched, name).join() !== explainedEntries(explanation).join()
        ? `entries ${explainedEntries(explanation).join()} not ${entriesOf(matched, name).join()}`
        : oddTest(when);
  return { verdict: isForRule ? when.verdict : "false", problem: odd };
}

/** A test that is decided by its elements is true where one of them is: what is shown of them must say the same. */
function oddTest({ operator, verdict, test, parts }: ExplainedCondition): string | undefined {
  if (test !== undefined && operator === "$elemMatch" && test.more === 0) {
    const shown = test.looked.map((one) => one.verdict);
    if (verdict !== "undecided" && shown.includes("true") !== (verdict === "true")) return "elements";
  }
  return parts.map(oddTest).find((odd) => odd !== undefined);
}

if (import.meta.main) {
  const [count = "1000000", seed = "1"] = process.argv.slice(2);
  console.log(
    JSON.stringify({ name: "explain agrees with match", seed: Number(seed), ...compareOnRandomPairs(Number(count), Number(seed)) }),
  );
}
