import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { validate } from "@backstitch/project";
import { compileRules, type Catalogue, type CompiledRuleSet, type RuleFile, type RuleFiles } from "@backstitch/rules";
import { median } from "../line.ts";
import { expression, libraryCondition, type SetName, type Test } from "./sets.ts";

export const catalogue: Catalogue = {
  sources: ["shop"],
  services: new Map([
    [
      "sms",
      new Map([
        [
          "send",
          {
            args: {
              type: "object",
              additionalProperties: false,
              required: ["to", "body"],
              properties: { to: { type: "string", recipient: true }, body: { type: "string" } },
            },
            repeat: "repeats",
          },
        ],
      ]),
    ],
  ]),
  validate,
};

/** Rule files as people write them. Nested sets are conditions of json-rules-engine, of mixed ones every other is; the rest are expressions. */
export function filesOf(set: SetName, tests: readonly Test[]): readonly RuleFile[] {
  return tests.map((test, index) => {
    const library = set === "nested" || (set === "mixed" && Math.floor(index / 5) % 2 === 1);
    const whole = library && !("all" in test) ? { all: [test] } : test;
    return fileOf(`r${index}`, library ? libraryCondition(whole, "after") : expression(test, "after."));
  });
}

export function fileOf(name: string, when: object): RuleFile {
  const rule = {
    on: { source: "shop", collection: "orders" },
    when,
    then: [{ service: "sms", action: "send", with: { to: { $path: "after.customer" }, body: "It is your turn." } }],
  };
  return { path: `rules/${name}.json`, text: JSON.stringify(rule, null, 2) };
}

export function around(rules: readonly RuleFile[]): RuleFiles {
  return { rules, conditions: [], templates: [], values: [{ path: "values/limit.json", text: "10" }] };
}

export function compiled(rules: readonly RuleFile[], previous?: CompiledRuleSet): CompiledRuleSet {
  const { ruleSet, problems } = compileRules(around(rules), catalogue, previous);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems[0]));
  return ruleSet;
}

export function matchNow(ruleSet: CompiledRuleSet, events: readonly ChangeEvent[]): Matched {
  const matched = ruleSet.match(events);
  if (matched instanceof Promise) throw new Error("It waited.");
  return matched;
}

/** Events that a source hands on together; each is parsed anew, and matched once. */
const BATCH = 100;

export interface Speed {
  readonly parseSeconds: number;
  readonly matchSeconds: number;
}

/** Parses all texts and matches all events, batch by batch. What a batch takes is the median of all: others want the processor, too. */
export function runOurs(ruleSet: CompiledRuleSet, texts: readonly string[]): Speed {
  const parsing: number[] = [];
  const matching: number[] = [];
  for (let at = 0; at < texts.length; at += BATCH) {
    const batch = texts.slice(at, at + BATCH);
    const started = performance.now();
    const events = batch.map((text) => JSON.parse(text) as ChangeEvent);
    const parsed = performance.now();
    matchNow(ruleSet, events);
    matching.push(performance.now() - parsed);
    parsing.push(parsed - started);
  }
  const batches = texts.length / BATCH / 1000;
  return { parseSeconds: median(parsing) * batches, matchSeconds: median(matching) * batches };
}

/** The names of the rules that match each event. */
export function namesMatched(ruleSet: CompiledRuleSet, texts: readonly string[]): readonly string[] {
  return texts.map((text) =>
    matchNow(ruleSet, [JSON.parse(text) as ChangeEvent])
      .deliveries.map(({ rule }) => rule)
      .sort()
      .join(),
  );
}
