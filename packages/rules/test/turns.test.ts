import { turnKey, type NewDelivery } from "@backstitch/core/rules";
import { canonicalText, Decimal, type Row } from "@backstitch/core/values";
import { expect, test } from "vitest";
import { compileRules, type CompiledRuleSet } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders" };
const send = { service: "sms", action: "send", with: { to: "t", body: "b" } };

function compile(path: readonly string[] | undefined, then: readonly object[] = [send], previous?: CompiledRuleSet): CompiledRuleSet {
  const rules = [{ path: "rules/r.json", text: JSON.stringify({ on, then }) }];
  const turns = path && new Map([["sms", path]]);
  return compileRules({ ...surroundings, rules }, { ...catalogue, ...(turns && { turns }) }, previous).ruleSet ?? expect.fail();
}

function deliveries(ruleSet: CompiledRuleSet, event: Row): readonly NewDelivery[] {
  const matched = ruleSet.match([eventOf(event)]);
  if (matched instanceof Promise) throw new Error("it waited");
  expect(matched.failures).toEqual([]);
  return matched.deliveries;
}

const turnOf = (path: readonly string[], event: Row): string | undefined => deliveries(compile(path), event)[0]?.turn;
/** An update of which the source did not send the row as it was. */
const UNSENT = { operation: "update", after: {} };
const tenant = ["after", "tenant"];

test.each<[string, readonly string[], Row, string | undefined]>([
  ["a text", tenant, { after: { tenant: "x" } }, turnKey("after.tenant", '"x"')],
  ["a number", tenant, { after: { tenant: 7 } }, turnKey("after.tenant", canonicalText(7))],
  ["an equal number of another type", tenant, { after: { tenant: Decimal.parse("7.00") } }, turnKey("after.tenant", canonicalText(7))],
  ["false", tenant, { after: { tenant: false } }, turnKey("after.tenant", "false")],
  ["a part of the key", ["key", "id"], { after: {}, key: { id: 1 } }, turnKey("key.id", canonicalText(1))],
  ["inside", ["after", "of", "a.b", "0"], { after: { of: { "a.b": ["x"] } } }, turnKey('after.of["a.b"].0', '"x"')],
  ["the row as it was", ["before", "tenant"], { operation: "update", after: {}, before: { tenant: "x" } }, turnKey("before.tenant", '"x"')],
  ["what kind of change it is", ["operation"], { operation: "insert", after: {} }, turnKey("operation", '"insert"')],
  ["null", tenant, { after: { tenant: null } }, undefined],
  ["nothing", tenant, { after: {} }, undefined],
  ["what was not sent", tenant, { operation: "update", after: {}, unsent: ["tenant"] }, undefined],
  ["a row that was not sent", ["before", "tenant"], UNSENT, undefined],
])("what a delivery takes turns by: %s", (_, path, event, turn) => expect(turnOf(path, event)).toBe(turn));

test("a key is as short for a long value, and does not show it", () => {
  const address = "ada@example.com".repeat(10_000);
  const turn = turnOf(tenant, { after: { tenant: address } }) ?? "";
  expect(turn).toMatch(/^[a-z2-7]{26}$/);
});

test("only what goes to that service takes turns by it, whichever element it is for", () => {
  const each = { ...send, name: "each", each: "after.items", with: { to: "t", body: "{{ item }}" } };
  const put = { service: "archive", action: "put", with: { key: "k", body: 1 } };
  const ruleSet = compile(tenant, [each, put]);
  const key = turnKey("after.tenant", '"x"');
  expect(deliveries(ruleSet, { after: { tenant: "x", items: ["a", "b"] } }).map(({ then, turn }) => [then, turn])).toEqual([
    ["each", key],
    ["each", key],
    ["archive.put", undefined],
  ]);
  expect(deliveries(compile(undefined), { after: { tenant: "x" } })[0]?.turn).toBeUndefined();
});

test("what a rule set says that it reads has what its services take turns by", () => {
  const summary = compile(["before", "tenant"]).rules[0];
  expect([summary?.reads, summary?.readsBefore]).toEqual([["before.tenant"], true]);
});

test("a service that takes turns by something else compiles its rules again", () => {
  const event = { after: { tenant: "x", region: "y" } };
  const none = compile(undefined);
  const first = compile(tenant, [send], none);
  const second = compile(["after", "region"], [send], first);
  const keys = [none, first, second, compile(undefined, [send], second)].map((ruleSet) => deliveries(ruleSet, event)[0]?.turn);
  expect(keys).toEqual([undefined, turnKey("after.tenant", '"x"'), turnKey("after.region", '"y"'), undefined]);
});
