import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { validate } from "@backstitch/project";
import { compileRules, type Catalogue, type CompiledRuleSet, type RuleFile, type RuleFiles } from "@backstitch/rules";
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

/** Events that a source hands on together. */
const BATCH = 100;
/** Texts that are parsed before what was parsed is matched, so that no event is matched twice. */
const CHUNK = 100;

export interface Speed {
  readonly parseSeconds: number;
  readonly matchSeconds: number;
}

/** Parses all texts and matches all events. */
export function runOurs(ruleSet: CompiledRuleSet, texts: readonly string[]): Speed {
  let parsing = 0;
  let matching = 0;
  for (let at = 0; at < texts.length; at += CHUNK) {
    const chunk = texts.slice(at, at + CHUNK);
    const started = performance.now();
    const events = chunk.map((text) => JSON.parse(text) as ChangeEvent);
    parsing += performance.now() - started;
    const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, batch) =>
      events.slice(batch * BATCH, (batch + 1) * BATCH),
    );
    const parsed = performance.now();
    for (const batch of batches) matchNow(ruleSet, batch);
    matching += performance.now() - parsed;
  }
  return { parseSeconds: parsing / 1000, matchSeconds: matching / 1000 };
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
