import type { Matched } from "@backstitch/core/rules";
import { deliveryKey, laneId } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileRules, parseDuration, ruleSchema, type CompiledRuleSet, type RuleFiles } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";
import { ajvValidate } from "./validate.ts";

const on = { source: "shop", collection: "orders" };
const send = (body: unknown = "b"): object => ({ service: "sms", action: "send", with: { to: "t", body } });

function compile(rules: Readonly<Record<string, object>>, files: Partial<RuleFiles> = {}): CompiledRuleSet {
  const texts = Object.entries(rules).map(([name, rule]) => ({ path: `rules/${name}.json`, text: JSON.stringify(rule) }));
  const { ruleSet, problems } = compileRules({ ...surroundings, ...files, rules: texts }, catalogue);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

function match(rules: Readonly<Record<string, object>>, ...events: readonly Row[]): Matched {
  const matched = compile(rules).match(events.map(eventOf));
  if (matched instanceof Promise) throw new Error("it waited");
  return matched;
}

test("a rule set tells the limits of an entry by name, where there is such an entry", () => {
  const named = (name: string, more: object = {}): object => ({ ...send(), name, ...more });
  const total = { most: 2, perMs: 3_600_000 };
  const ruleSet = compile({
    "a/b": {
      on,
      limits: { total: "2 per 1h" },
      then: [named("usual"), named("own", { limits: { total: "1 per 1h" } }), named("none", { limits: {} })],
    },
    off: { on, enabled: false, limits: { total: "2 per 1h" }, then: [send()] },
  });
  expect(ruleSet.entry("a/b", "usual")?.limits).toMatchObject({ of: ["a/b"], total });
  expect(ruleSet.entry("a/b", "own")?.limits).toMatchObject({ of: ["a/b", "own"], total: { ...total, most: 1 } });
  expect(ruleSet.entry("a/b", "none")).toMatchObject({ limits: undefined });
  expect(ruleSet.entry("off", "sms.send")?.limits).toMatchObject({ of: ["off"], total });
  expect(ruleSet.entry("a/b", "gone")).toBeUndefined();
  expect(ruleSet.entry("gone", "usual")).toBeUndefined();
});

const engine = { all: [{ fact: "after", path: "$.q", operator: "equal", value: 1 }] };

describe("what a rule set says of its rules", () => {
  const reads = (rule: object): object => {
    const [summary] = compile({ "a/b": rule }).rules;
    return { before: summary?.readsBefore, reads: summary?.reads };
  };
  test.each([
    ["nothing", { on, then: [send()] }, false, []],
    ["a test", { on, when: { "after.q": 1 }, then: [send()] }, false, ["after.q"]],
    ["a test of before", { on, when: { $or: [{ "before.q": 1 }] }, then: [send()] }, true, ["before.q"]],
    [
      "before on the right",
      { on, when: { "after.q": { $in: [1, { $path: "before.q" }] } }, then: [send()] },
      true,
      ["after.q", "before.q"],
    ],
    ["a change", { on, when: { "after.q": { $changed: true } }, then: [send()] }, true, ["after.q", "before.q"]],
    [
      "inside $elemMatch",
      { on, when: { "after.l": { $elemMatch: { n: { $path: "before.n" } } } }, then: [send()] },
      true,
      ["after.l", "before.n"],
    ],
    ["a named condition", { on, when: { $condition: "vip" }, then: [send()] }, false, ["after.tier"]],
    [
      "json-rules-engine",
      { on, when: { any: [{ fact: "before", path: "$.q", operator: "equal", value: 1 }] }, then: [send()] },
      true,
      ["before.q"],
    ],
    ["an argument", { on, then: [send({ $path: "before.q" })] }, true, ["before.q"]],
    [
      "a template",
      { on, then: [send("{% if before.q %}{{ key.id | default: committedAt }}{% endif %}")] },
      true,
      ["before.q", "committedAt", "key.id"],
    ],
    ["a partial", { on, then: [send("{% render 'who.liquid' %}")] }, false, ["after.name"]],
  ])("%s", (_, rule, before, paths) => expect(reads(rule)).toEqual({ before, reads: paths }));

  test("name, places, actions", () => {
    const rule = {
      description: "d",
      enabled: false,
      on: { ...on, collection: ["orders", "x"], operations: ["insert"] },
      then: [send(), { ...send(), name: "two" }],
    };
    expect(compile({ "late/orders": rule }).rules).toEqual([
      {
        name: "late/orders",
        description: "d",
        enabled: false,
        source: "shop",
        collections: ["orders", "x"],
        operations: ["insert"],
        origins: ["log"],
        actions: [
          { name: "sms.send", service: "sms", action: "send", ifUncertain: "retry" },
          { name: "two", service: "sms", action: "send", ifUncertain: "retry" },
        ],
        readsBefore: false,
        limited: false,
        reads: [],
      },
    ]);
  });

  test("the hash is of every file's path and text, whatever their order", () => {
    const hash = (files: Partial<RuleFiles>): string => compile({ a: { on, then: [send()] } }, files).hash;
    const reversed = { values: [...surroundings.values].reverse() };
    const [first, second] = surroundings.values;
    if (first === undefined || second === undefined) throw new Error("no values");
    expect(hash({})).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(reversed)).toBe(hash({}));
    expect(hash({ values: [{ ...first, text: `${first.text} ` }, second] })).not.toBe(hash({}));
    expect(
      hash({
        values: [
          { path: second.path, text: first.text },
          { path: first.path, text: second.text },
        ],
      }),
    ).not.toBe(hash({}));
  });
});

describe("deliveries", () => {
  const lane = (differences: Row): string | undefined => match({ r: { on, then: [send()] } }, differences).deliveries[0]?.lane;

  test("key and lane are core's", () => {
    const { deliveries } = match({ "a/r": { on, then: [send()] } }, { id: "e7", key: { id: 5 } });
    expect(deliveries[0]).toMatchObject({
      key: deliveryKey("e7", "a/r", "sms.send"),
      eventId: "e7",
      rule: "a/r",
      lane: laneId("a/r", "sms.send", "orders", '{"id":5}'),
    });
  });

  test.each([
    ["the same key", { key: { a: 1, b: 2 } }, { key: { b: 2, a: 1 } }, true],
    ["another key", { key: { a: 1 } }, { key: { a: 2 } }, false],
    ["another key in its second column", { key: { a: 1, b: 2 } }, { key: { a: 1, b: 3 } }, false],
    ["a number and a text", { key: { a: 1 } }, { key: { a: "1" } }, false],
    ["a decimal and its text", { key: { a: Decimal.parse("1.0") } }, { key: { a: "1.0" } }, false],
    ["the key before it changed", { key: { a: 1 } }, { key: { a: 2 }, previousKey: { a: 1 } }, true],
    ["no key", { key: null }, { key: null, id: "e2" }, true],
    ["no key and a key", { key: null }, { key: {} }, false],
  ])("lane: %s", (_, one, other, same) => expect(lane(one as Row) === lane(other as Row)).toBe(same));

  test("events in order, rules in order, entries in order", () => {
    const rules = { b: { on, then: [send(), { ...send(), name: "two" }] }, a: { on, then: [send()] } };
    const { deliveries } = match(rules, { id: "e1" }, { id: "e2" });
    expect(deliveries.map(({ key }) => key)).toEqual([
      "e1/b/sms.send",
      "e1/b/two",
      "e1/a/sms.send",
      "e2/b/sms.send",
      "e2/b/two",
      "e2/a/sms.send",
    ]);
  });

  test.each([
    [
      "1 MB is too much for most",
      { service: "sms", action: "send", with: { to: "t", body: { $path: "after.big" } } },
      1_048_577,
      "ARGUMENTS_TOO_LARGE",
    ],
    ["just below is not", { service: "sms", action: "send", with: { to: "t", body: { $path: "after.big" } } }, 1_000_000, undefined],
    [
      "what is declared to be large may be",
      { service: "archive", action: "put", with: { key: "k", body: { $path: "after.big" } } },
      15_000_000,
      undefined,
    ],
    [
      "up to 16 MB",
      { service: "archive", action: "put", with: { key: "k", body: { $path: "after.big" } } },
      17_000_000,
      "ARGUMENTS_TOO_LARGE",
    ],
  ])("size: %s", (_, entry, size, code) => {
    const then = [entry];
    const { failures, deliveries } = match({ r: { on, then } }, { after: { big: "x".repeat(size) } });
    expect(failures[0]?.code).toBe(code);
    expect(deliveries).toHaveLength(code === undefined ? 1 : 0);
  });
});

test("templates that double end by the memory limit", () => {
  const templates = Array.from({ length: 40 }, (_, at) => {
    const twice = `{% render 't${at - 1}.liquid' %}{% render 't${at - 1}.liquid' %}`;
    return { path: `templates/t${at}.liquid`, text: at === 0 ? "" : twice };
  });
  const matched = compile({ r: { on, then: [send({ $template: "t39.liquid" })] } }, { templates }).match([eventOf({})]);
  expect(matched).toMatchObject({
    deliveries: [],
    failures: [{ code: "TEMPLATE_FAILED", reason: expect.stringContaining("makes too much text or loops too often") }],
  });
});

test("a loop that prints a long text ends by the memory limit", () => {
  const rules = { r: { on, then: [send("{% for i in (1..1000) %}{{ after.long }}{% endfor %}")] } };
  const { failures } = match(rules, { after: { long: "x".repeat(100_000) } });
  expect(failures).toMatchObject([{ code: "TEMPLATE_FAILED", reason: expect.stringContaining("makes too much text or loops too often") }]);
});

test("a template that renders itself ends", () => {
  const templates = [{ path: "templates/a.liquid", text: "x{% render 'a.liquid' %}" }];
  const matched = compile({ r: { on, then: [send({ $template: "a.liquid" })] } }, { templates }).match([eventOf({})]);
  expect(matched).toMatchObject({ deliveries: [], failures: [{ code: "TEMPLATE_FAILED" }] });
});

test("what is wrong with a service is not said again of its rules", () => {
  const services = new Map([["broken", undefined]]);
  const text = JSON.stringify({ on, then: [{ service: "broken", action: "any", with: { x: "{{ after.q }}" } }] });
  const { problems } = compileRules({ ...surroundings, rules: [{ path: "rules/r.json", text }] }, { ...catalogue, services });
  expect(problems).toEqual([]);
});

test("what one rule missed is not said of the next", () => {
  const rules = { a: { on, when: { "before.x": 1, "after.q": 2 }, then: [send()] }, b: { on, when: { "before.y": 1 }, then: [send()] } };
  expect(match(rules, { after: { q: 1 } }).undecided).toEqual([{ eventId: "e1", rule: "b", paths: ["before.y"] }]);
});

test("a match does not change the event", () => {
  const event: ChangeEvent = eventOf({ after: { l: [{ a: 1 }], n: Decimal.parse("1.50") } });
  const copy = structuredClone({ ...event, after: { ...event.after, n: "1.50" } });
  const rules = {
    r: { on, when: engine, then: [send()] },
    s: { on, then: [send("{% assign x = after.l | concat: after.l %}{{ x | size }}")] },
  };
  void compile(rules).match([event]);
  expect({ ...event, after: { ...event.after, n: "1.50" } }).toEqual(copy);
});

test.each([
  ["500ms", 500],
  ["10s", 10_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["5", undefined],
  ["-5s", undefined],
  ["1.5s", undefined],
  ["5 s", undefined],
])("duration %s", (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

test("the rule schema is a schema, and takes the rules that compile", () => {
  expect(ajvValidate()(ruleSchema)({ $schema: "../x.json", on, when: { "after.q": 1 }, then: [send()] })).toEqual([]);
});
