import { expect } from "vitest";
import { mutateRules, type MutationReport } from "../../src/rule-test/index.ts";
import { ruleWith, tested, type Json } from "./support.ts";

export const none = "because nothing must";

export function mutate(rule: object, ...tests: readonly Json[]): Promise<MutationReport> {
  const named = tests.map((test, index) => ({ name: `test ${index}`, ...test }));
  return mutateRules(tested({ rules: { r: rule }, tests: { r: { tests: named } } }));
}

/** Arguments that hold no path: what is mutated is the condition. */
export const fixed = { then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }] };

/** Every mutant of a condition: a test of an event that the rule does not look at notices none. */
export async function mutantsOf(when: unknown, more: object = fixed, event: Json = {}): Promise<readonly string[]> {
  const { survivors, mutants } = await mutate(ruleWith(when, more), { event: { operation: "delete", key: null, ...event }, none });
  expect(survivors).toHaveLength(mutants);
  return survivors.map(({ change }) => change);
}
