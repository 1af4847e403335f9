import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { compileRules, type CompiledRuleSet, type RuleFile } from "../src/index.ts";
import { catalogue, surroundings } from "./catalogue.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const MEGABYTE = 1_048_576;

function ruleFile(name: string, sku: string): RuleFile {
  const then = [{ service: "sms", action: "send", with: { to: "t", body: "{{ after.name }}" } }];
  return {
    path: `rules/${name}.json`,
    text: JSON.stringify({ on: { source: "shop", collection: "orders" }, when: { "after.sku": sku }, then }),
  };
}

function compile(rules: readonly RuleFile[], previous?: CompiledRuleSet): CompiledRuleSet {
  return compileRules({ ...surroundings, rules }, catalogue, previous).ruleSet ?? expect.fail();
}

async function heapUsed(): Promise<number> {
  await setImmediate();
  collect();
  return process.memoryUsage().heapUsed;
}

test("a rule set that was reloaded is not kept for those that follow, though no event comes between", async () => {
  let ruleSet = compile([ruleFile("one", "first")]);
  const [first] = ruleSet.rules.map((rule) => new WeakRef(rule));
  for (let turn = 0; turn < 200; turn++) ruleSet = compile([ruleFile("one", `sku-${turn}`)], ruleSet);
  await heapUsed();
  expect(first?.deref()).toBeUndefined();
  expect(ruleSet.rules).toHaveLength(1);
});

test("rules that came by as many reloads share what is around them", async () => {
  const rules = Array.from({ length: 400 }, (_, index) => ruleFile(`r${index}`, "first"));
  let ruleSet = compile(rules);
  const before = await heapUsed();
  for (const index of rules.keys()) {
    rules[index] = ruleFile(`r${index}`, `sku-${index}`);
    ruleSet = compile(rules, ruleSet);
  }
  const grown = (await heapUsed()) - before;
  expect(ruleSet.rules).toHaveLength(400);
  expect(grown).toBeLessThan(6 * MEGABYTE);
});
