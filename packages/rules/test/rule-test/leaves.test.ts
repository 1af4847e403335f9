import type { Value } from "@backstitch/core/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRules } from "../../src/index.ts";
import { runRuleTests } from "../../src/rule-test/index.ts";
import { eventOf } from "../cases.ts";
import { catalogue, surroundings } from "../catalogue.ts";
import { filesOf, on, ruleWith, run, tested, uncoveredIn, type Json } from "./support.ts";
import { runs } from "../runs.ts";

const none = "because nothing must";

/** The leaves that decided one event, each with what it came to. */
async function decidedBy(when: unknown, event: Json): Promise<Json> {
  const { results } = await run(ruleWith(when), { event, none });
  return Object.fromEntries(results[0]?.decidedBy.map(({ text, truth }) => [text, truth]) ?? []);
}

const [A, B] = ["after.a $eq 1", "after.b $eq 1"];
const and = { "after.a": 1, "after.b": 1 };
const or = { $or: [{ "after.a": 1 }, { "after.b": 1 }] };
const row = (a: unknown, b: unknown): Json => ({ after: { a, b } });
const some = { "after.l": { $elemMatch: { a: 1, b: 1 } } };
const list = (...l: readonly object[]): Json => ({ after: { l } });

describe("a leaf decides where its opposite would turn the rule", () => {
  test.each<readonly [string, unknown, Json, Json]>([
    ["all true: each of a conjunction", and, row(1, 1), { [A]: true, [B]: true }],
    ["one false: that one", and, row(1, 2), { [B]: false }],
    ["both false: neither", and, row(2, 2), {}],
    ["both true: neither of a disjunction", or, row(1, 1), {}],
    ["one true: that one", or, row(1, 2), { [A]: true }],
    ["both false: each", or, row(2, 2), { [A]: false, [B]: false }],
    ["under a negation", { $nor: [{ "after.a": 1 }, { "after.b": 1 }] }, row(2, 1), { [B]: true }],
    ["a negated operator, as it is written", { "after.a": { $ne: 1 } }, row(2, 0), { "after.a $ne 1": false }],
    ["operators that are negated, as they are written", { "after.a": { $not: { $gt: 5 } } }, row(2, 0), { "after.a $gt 5": false }],
    ["without a condition nothing", true, row(1, 1), {}],
    ["an undecided leaf has no opposite", { "after.a": 1, "before.b": 1 }, { ...row(1, 1), operation: "update" }, { [A]: true }],
    [
      "against an undecided one: undecided is not false",
      { "after.a": 1, "before.b": 1 },
      { ...row(2, 1), operation: "update" },
      { [A]: false },
    ],
    ["in a conjunction that is false anyway", { "after.a": 1, "after.b": 1, "before.c": 1 }, { ...row(2, 2), operation: "update" }, {}],
    ["in some element", some, list({ a: 1, b: 1 }, { a: 2, b: 2 }), { "a $eq 1": true, "b $eq 1": true }],
    ["in no element", some, list({ a: 1, b: 2 }, { a: 2, b: 2 }), { "b $eq 1": false }],
    [
      "an element itself",
      { "after.l": { $elemMatch: { $gt: 5, $lt: { $path: "after.b" } } } },
      { after: { l: [4, 7], b: 9 } },
      { "after.l $gt 5": true, 'after.l $lt {"$path":"after.b"}': true },
    ],
    ["in two elements, one is enough", some, list({ a: 1, b: 1 }, { a: 1, b: 1 }), {}],
    ["of no elements none", some, list(), {}],
    ["an event that the rule does not look at", and, { ...row(1, 1), operation: "delete" }, {}],
    [
      "how a field changed",
      { "after.a": { $changed: true, $gt: 0 } },
      { was: { a: 1 }, after: { a: 1 } },
      { "after.a $changed true": false },
    ],
    [
      "a named condition",
      { $condition: "vip", "after.a": 1 },
      { after: { a: 1, tier: "gold" } },
      { 'after.tier $eq "gold"': true, [A]: true },
    ],
  ])("%s", async (_, when, event, expected) => {
    expect(await decidedBy(when, event)).toEqual(expected);
  });
});

test("what no test decides, with its place, by rule; a rule without tests is only said to have none", async () => {
  const rules = {
    r: ruleWith({ "after.a": 1, $or: [{ "after.b": { $gt: 5 } }, { $condition: "vip" }] }),
    s: ruleWith({ "after.a": 1 }),
  };
  const tests = {
    r: {
      tests: [
        { name: "a", event: { after: { a: 1, b: 6 } }, deliveriesContain: [{ then: "sms.send" }] },
        { name: "b", event: { after: { a: 2, b: 6 } }, none },
      ],
    },
  };
  const report = await runRuleTests(tested({ rules, tests }));
  expect(report.untested).toEqual(["s"]);
  expect(report.uncovered).toEqual([
    { rule: "r", place: { file: "conditions/vip.json", line: 2, column: 3 }, text: 'after.tier $eq "gold"' },
  ]);
});

test("one test may decide what another does not, in any of its events", async () => {
  const rule = ruleWith(and);
  expect(uncoveredIn(await run(rule, { event: row(2, 2), none }))).toEqual([A, B]);
  expect(uncoveredIn(await run(rule, { event: row(1, 2), none }))).toEqual([A]);
  expect(uncoveredIn(await run(rule, { event: row(1, 2), none }, { event: row(2, 1), none }))).toEqual([]);
  expect(uncoveredIn(await run(rule, { events: [row(1, 2), row(2, 1)], none }))).toEqual([]);
});

describe("an entry's own condition", () => {
  const sms = { service: "sms", action: "send", with: { to: "t", body: "b" } };
  const [B, Q] = ["after.b $gt 5", "item.q $lt 5"];
  const rule = { on, when: { "after.a": 1 }, then: [{ ...sms, when: { "after.b": { $gt: 5 } } }] };
  const eachOf = { on, then: [{ ...sms, each: "after.l", when: { "item.q": { $lt: 5 } } }] };
  const sent = { deliveries: [{ then: "sms.send" }] };

  test.each<readonly [string, object, Json, { decided: readonly string[]; uncovered: readonly string[] }]>([
    ["decides where the rule matches", rule, { event: row(1, 6), ...sent }, { decided: [A, B], uncovered: [] }],
    ["decides where it is false, too", rule, { event: row(1, 5), none }, { decided: [A, B], uncovered: [] }],
    ["is not asked where the rule does not match", rule, { event: row(2, 6), none }, { decided: [A], uncovered: [B] }],
    ["is asked of each element", eachOf, { event: list({ q: 1 }, { q: 9 }), ...sent }, { decided: [Q, Q], uncovered: [] }],
    ["is not asked of an empty list", eachOf, { event: list(), none }, { decided: [], uncovered: [Q] }],
    [
      "is not asked of what is no list",
      eachOf,
      { event: { after: { l: 5 } }, failures: [{ code: "EACH_INVALID" }] },
      { decided: [], uncovered: [Q] },
    ],
  ])("%s", async (_, asked, test, { decided, uncovered }) => {
    const report = await run(asked, test);
    expect(report.results[0]?.differences).toEqual([]);
    expect(report.results[0]?.decidedBy.map(({ text }) => text)).toEqual(decided);
    expect(uncoveredIn(report)).toEqual(uncovered);
  });

  test("is asked of every element, however many there are", async () => {
    const either = { $or: [{ "item.q": { $lt: 5 } }, { "item.sure": true }] };
    const elements = [...Array.from({ length: 11 }, () => ({ q: 1, sure: true })), { q: 1 }];
    const then = [{ ...sms, each: "after.l", when: either }];
    const report = await run({ on, then }, { event: list(...elements), deliveries: elements.map(() => ({ then: "sms.send" })) });
    expect(uncoveredIn(report)).toEqual(["item.sure $eq true"]);
  });

  test("has its place, and is told apart from the rule's", async () => {
    const report = await run(rule, { event: row(2, 6), none });
    expect(report.uncovered.map(({ place }) => `${place.line}:${place.column}`)).toEqual(["19:11"]);
  });
});

describe("by the definition", () => {
  const NAMES = ["a", "b", "c", "d", "e"];
  /** Every leaf tests a field of its own: 1 makes it true, 2 false, and one that is not sent is undecided. */
  const condition = (depth: number): fc.Arbitrary<Json> => {
    const leaf = fc.constantFrom(...NAMES).map((name) => ({ [`after.${name}`]: 1 }));
    if (depth === 0) return leaf;
    const inner = fc.array(condition(depth - 1), { minLength: 1, maxLength: 3 });
    return fc.oneof(
      leaf,
      inner.map(($and) => ({ $and })),
      inner.map(($or) => ({ $or })),
      inner.map(($nor) => ({ $nor })),
    );
  };
  const fields = fc.tuple(...NAMES.map(() => fc.constantFrom(1, 2, undefined)));
  type Fields = readonly (number | undefined)[];

  function eventWith(fieldsOf: Fields): { readonly after: Readonly<Record<string, number>>; readonly unsent: readonly string[] } {
    const sent = NAMES.flatMap((name, index) => (fieldsOf[index] === undefined ? [] : [[name, fieldsOf[index]] as const]));
    return { after: Object.fromEntries(sent), unsent: NAMES.filter((_, index) => fieldsOf[index] === undefined) };
  }

  async function verdict(rule: object, fieldsOf: Fields): Promise<string> {
    const { ruleSet } = compileRules({ ...surroundings, rules: filesOf({ r: rule }, ".json") }, catalogue);
    const matched = await ruleSet?.match([
      eventOf({ operation: "insert", ...(eventWith(fieldsOf) as unknown as Readonly<Record<string, Value>>) }),
    ]);
    if ((matched?.undecided.length ?? 0) > 0) return "undecided";
    return matched?.deliveries.length === 0 ? "no" : "yes";
  }

  test("where every leaf stands once: exactly the leaves whose field turns the verdict", async () => {
    const once = condition(3).filter(
      (when) => new Set(JSON.stringify(when).match(/after\.\w/g)).size === JSON.stringify(when).match(/after\.\w/g)?.length,
    );
    await fc.assert(
      fc.asyncProperty(once, fields, async (when, given) => {
        const rule = ruleWith(when, { then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }] });
        const was = await verdict(rule, given);
        const expected: string[] = [];
        for (const [index, name] of NAMES.entries()) {
          const turned = given.map((value, at) => (at === index && value !== undefined ? 3 - value : value));
          if ((await verdict(rule, turned)) !== was) expected.push(`after.${name} $eq 1`);
        }
        const { results } = await run(rule, { event: { operation: "insert", ...eventWith(given) }, none });
        expect(results[0]?.decidedBy.map(({ text }) => text).toSorted()).toEqual(expected);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("conditions of json-rules-engine", () => {
  const is = (path: string, value: unknown, more: object = {}): object => ({
    fact: "after",
    path: `$.${path}`,
    operator: "equal",
    value,
    ...more,
  });
  /** The library rejects where what it looks in is no list. */
  const within = (path: string, more: object = {}): object => ({
    fact: "after",
    path: "$.a",
    operator: "in",
    value: { fact: "after", path: `$.${path}` },
    ...more,
  });
  const [A, B, C] = ["after $.a equal 1", "after $.b equal 1", 'after $.a in {"fact":"after","path":"$.c"}'];
  test.each<readonly [string, unknown, Json, Json]>([
    ["a leaf each", { all: [is("a", 1), { not: is("b", 1) }] }, row(1, 2), { [A]: true, [B]: false }],
    ["any", { any: [is("a", 1), is("b", 1)] }, row(1, 2), { [A]: true }],
    ["a rejected run: what keeps it from being rejected", { all: [is("a", 1, { priority: 2 }), within("c")] }, row(1, 2), { [A]: true }],
    ["a stage that is not asked is not what decides", { all: [is("a", 1, { priority: 2 }), within("c")] }, row(2, 2), { [A]: false }],
    ["of one stage all are asked", { any: [is("a", 1), within("c")] }, { after: { a: 1, c: [1] } }, {}],
    ["a leaf that could reject and does not", { all: [is("a", 1), within("c")] }, { after: { a: 1, c: [2] } }, { [C]: false }],
  ])("%s", async (_, when, event, expected) => {
    expect(await decidedBy(when, event)).toEqual(expected);
  });

  const notSent = (priority: number): object => ({ fact: "before", path: "$.x", operator: "equal", value: 1, priority });

  test("a stage that may never be asked rejects nothing", async () => {
    const when = { all: [notSent(3), within("c", { priority: 2 }), is("b", 1)] };
    expect(await decidedBy(when, { operation: "update", ...row(1, 2) })).toEqual({ [B]: false });
  });

  test("in an expression what is asked rejects, whatever is undecided before it", async () => {
    const conditions = [{ path: "conditions/within.json", text: JSON.stringify({ all: [within("c")] }) }];
    const rules = { r: ruleWith({ "before.x": 1, $condition: "within", "after.b": 1 }) };
    const test = { name: "a", event: { operation: "update", ...row(1, 2) }, failures: [{ code: "CONDITION_FAILED" }] };
    const { results } = await runRuleTests(tested({ rules, tests: { r: { tests: [test] } }, around: { conditions } }));
    expect(results).toMatchObject([{ differences: [], decidedBy: [] }]);
  });

  test("what is asked of a named condition may reject, as in a rule that runs", async () => {
    const conditions = [{ path: "conditions/within.json", text: JSON.stringify({ all: [within("c")] }) }];
    const rules = { r: ruleWith({ all: [is("b", 1), { condition: "within" }] }) };
    const test = { name: "a", event: row(1, 2), failures: [{ code: "CONDITION_FAILED" }] };
    const { results } = await runRuleTests(tested({ rules, tests: { r: { tests: [test] } }, around: { conditions } }));
    expect(results).toMatchObject([{ differences: [], decidedBy: [] }]);
  });

  test("a leaf without a path is told without one", async () => {
    const when = { all: [{ fact: "operation", operator: "equal", value: "insert" }, is("a", 1)] };
    expect(await decidedBy(when, row(1, 2))).toEqual({ 'operation equal "insert"': true, [A]: true });
  });

  test("each leaf has its place", async () => {
    const when = { any: [is("a", 1), { not: is("b", 1) }] };
    const { uncovered } = await run(ruleWith(when), { event: { operation: "delete" }, none });
    expect(uncovered.map(({ place, text }) => `${place.line}:${place.column} ${text}`)).toEqual([`8:7 ${A}`, `15:9 ${B}`]);
  });
});
