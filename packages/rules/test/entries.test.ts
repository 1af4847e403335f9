import type { Matched } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileRules, type CompiledRuleSet, type CustomFact, type EngineExtensions } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders" };
const send = (body: unknown = "b"): object => ({ service: "sms", action: "send", with: { to: "t", body } });
const each = (body: unknown = "{{ index }}"): object => ({ ...send(body), each: "after.items" });

function compile(rules: Readonly<Record<string, object>>, extensions?: EngineExtensions): CompiledRuleSet {
  const texts = Object.entries(rules).map(([name, rule]) => ({ path: `rules/${name}.json`, text: JSON.stringify(rule) }));
  const { ruleSet, problems } = compileRules({ ...surroundings, rules: texts }, { ...catalogue, ...(extensions && { extensions }) });
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

function match(rule: object, event: Row): Matched {
  const matched = compile({ r: rule }).match([eventOf(event)]);
  if (matched instanceof Promise) throw new Error("it waited");
  return matched;
}

test.each([
  ["a when of an entry", { ...send(), when: { "before.q": 1 } }, true, ["before.q"]],
  ["each", each(), false, ["after.items"]],
  ["each of before", { ...each(), each: "before.items" }, true, ["before.items"]],
  ["item and index are parts of what each reads", { ...each("{{ item.a }}{{ index }}"), when: { "item.b": 1 } }, false, ["after.items"]],
])("what a rule set says of its rules: %s", (_, entry, readsBefore, reads) => {
  expect(compile({ r: { on, then: [entry] } }).rules[0]).toMatchObject({ readsBefore, reads });
});

test("an entry that is undecided says which, once for all elements, with everything that was missed", () => {
  const when = { $or: [{ item: 1, "before.x": 1 }, { item: 2, "before.y": 1 }, { item: 4 }] };
  const rule = {
    on,
    then: [
      { ...each(), when },
      { ...send(), name: "plain", when: { "before.z": 1 } },
    ],
  };
  const { undecided, deliveries } = match(rule, { after: { items: [1, 2, 3, 4] } });
  expect(undecided).toEqual([
    { eventId: "e1", rule: "r", then: "sms.send", paths: ["before.x", "before.y"] },
    { eventId: "e1", rule: "r", then: "plain", paths: ["before.z"] },
  ]);
  expect(deliveries.map(({ key }) => key)).toEqual(["e1/r/sms.send/3"]);
});

describe("elements of one event", () => {
  test("share the lane of the row, apart from other rows and other entries", () => {
    const rules = { r: { on, then: [each(), { ...each(), name: "two" }] } };
    const events = [eventOf({ after: { items: [1, 2] } }), eventOf({ id: "e2", key: { id: 2 }, after: { items: [1] } })];
    const { deliveries } = compile(rules).match(events) as Matched;
    const lanes = Map.groupBy(deliveries, ({ lane }) => lane);
    expect([...lanes.values()].map((lane) => lane.map(({ key }) => key))).toEqual([
      ["e1/r/sms.send/0", "e1/r/sms.send/1"],
      ["e1/r/two/0", "e1/r/two/1"],
      ["e2/r/sms.send/0"],
      ["e2/r/two/0"],
    ]);
  });

  test.each([
    [1_000, 1_000, undefined],
    [1_001, 0, '"each": after.items has more than 1000 elements, which is the most that one event may deliver.'],
  ])("%i of them: %i deliveries", (count, made, reason) => {
    const { deliveries, failures } = match({ on, then: [each()] }, { after: { items: Array.from({ length: count }, () => 1) } });
    expect(deliveries).toHaveLength(made);
    expect(failures).toMatchObject(reason === undefined ? [] : [{ key: "e1/r/sms.send", code: "EACH_INVALID", reason }]);
  });

  test("have at most 64 MB of arguments together; what has no room any more fails alone, unrendered", () => {
    const put = { service: "archive", action: "put", each: "after.items", with: { key: "{{ index }}", body: "{{ item }}{{ after.big }}" } };
    const event = { after: { big: "x".repeat(14_000_000), items: ["", "", "", "", "", null] } };
    const { deliveries, failures } = match({ on, then: [put, send()] }, event);
    expect(deliveries.map(({ key }) => key)).toEqual([0, 1, 2, 3].map((index) => `e1/r/archive.put/${index}`).concat("e1/r/sms.send"));
    const reason = "The arguments of all elements together have more than 67108864 bytes.";
    expect(failures).toMatchObject([4, 5].map((index) => ({ key: `e1/r/archive.put/${index}`, code: "ARGUMENTS_TOO_LARGE", reason })));
  });

  test("do not change the event", () => {
    const event = eventOf({ after: { items: [{ a: 1 }, { a: 2 }] } });
    const copy = structuredClone(event);
    void compile({ r: { on, then: [each({ $path: "item" })] } }).match([event]);
    expect(event).toEqual(copy);
  });
});

describe("facts of a developer's own in the when of an entry", () => {
  const stock: EngineExtensions = {
    facts: new Map<string, CustomFact>([
      ["isLast", async (_, read) => (await read("index")) === 2],
      ["item", async () => "not an element"],
      ["never", () => new Promise(() => undefined)],
    ]),
    operators: new Map(),
    limitMs: 20,
  };
  const asks = (fact: string, value: unknown): object => ({ all: [{ fact, operator: "equal", value }] });

  test("are asked for each element, and an entry of their own does not keep the others from theirs", async () => {
    const then = [
      { ...each(), when: asks("isLast", false) },
      { ...each(), name: "last", when: asks("isLast", true) },
      { ...send(), name: "plain" },
    ];
    const matched = await compile({ r: { on, then } }, stock).match([eventOf({ after: { items: [7, 8, 9] } })]);
    expect(matched.deliveries.map(({ key }) => key)).toEqual(["e1/r/sms.send/0", "e1/r/sms.send/1", "e1/r/last/2", "e1/r/plain"]);
  });

  test("fail their entry alone, or their element alone", async () => {
    const when = {
      any: [
        { fact: "index", operator: "equal", value: 1, priority: 2 },
        { fact: "never", operator: "equal", value: 1 },
      ],
    };
    const then = [
      { ...each(), when },
      { ...send(), name: "plain" },
    ];
    const matched = await compile({ r: { on, then } }, stock).match([eventOf({ after: { items: [7, 8] } })]);
    expect(matched.deliveries.map(({ key }) => key)).toEqual(["e1/r/sms.send/1", "e1/r/plain"]);
    const reason = "json-rules-engine could not decide the condition (TookTooLong).";
    expect(matched.failures).toEqual([
      {
        key: "e1/r/sms.send/0",
        eventId: "e1",
        rule: "r",
        then: "sms.send",
        service: "sms",
        action: "send",
        code: "CONDITION_FAILED",
        reason,
      },
    ]);
  });

  test("are undecided with what they read", async () => {
    const when = {
      all: [
        { fact: "before", operator: "equal", value: 1 },
        { fact: "isLast", operator: "equal", value: true },
      ],
    };
    const matched = await compile({ r: { on, then: [{ ...each(), when }] } }, stock).match([eventOf({ after: { items: [7, 8] } })]);
    expect(matched).toMatchObject({ deliveries: [], failures: [], undecided: [{ rule: "r", then: "sms.send", paths: ["before"] }] });
  });

  test("called item keep their name where there is no element", async () => {
    const matched = await compile({ r: { on, when: asks("item", "not an element"), then: [send()] } }, stock).match([eventOf({})]);
    expect(matched.deliveries).toHaveLength(1);
  });
});
