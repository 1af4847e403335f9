import type { Matched } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFiles } from "../src/compile-rules.ts";
import { compileRules, type CompiledRuleSet, type RuleFiles } from "../src/index.ts";
import { matcher } from "../src/match/match-waiting.ts";
import { eventOf } from "./cases.ts";
import { catalogue, extendedCatalogue, surroundings } from "./catalogue.ts";
import { anyOn, expression, libraryCondition, rejects } from "./arbitrary-rules.ts";
import { anyEvent } from "./arbitrary-values.ts";
import { runs } from "./runs.ts";

/** How many random rule sets, each of which is shown so many events. 200,000 pairs: INDEX_RUNS=5000. */
const RUNS = Number(process.env["INDEX_RUNS"] ?? runs(60));
const EVENTS = 40;

const then = [{ service: "sms", action: "send", with: { to: "t", body: { $path: "operation" } } }];

interface Written {
  readonly name: string;
  readonly on: Row;
  readonly when: Row;
}

function filesOf(rules: readonly Written[]): RuleFiles {
  const texts = rules.map(({ name, on, when }) => ({ path: `rules/${name}.json`, text: JSON.stringify({ on, when, then }) }));
  return { ...surroundings, conditions: [...surroundings.conditions, rejects], rules: texts };
}

function compile(rules: readonly Written[], previous?: CompiledRuleSet): CompiledRuleSet {
  const { ruleSet, problems } = compileRules(filesOf(rules), catalogue, previous);
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  return ruleSet;
}

function match(ruleSet: Pick<CompiledRuleSet, "match">, event: ChangeEvent): Matched {
  const matched = ruleSet.match([event]);
  if (matched instanceof Promise) throw new Error("it waited");
  return matched;
}

/** What the index is held against: every rule that looks at such events is tried. */
function loopOver(rules: readonly Written[]): Pick<CompiledRuleSet, "match"> {
  const { compiled, around } = compileFiles(filesOf(rules), catalogue);
  const entries = compiled.map(({ rule }, order) => ({ rule, order, live: true, found: 0 }));
  const drawer = [{ waiting: 0, search: () => undefined }];
  let shown: readonly (typeof entries)[number][] = [];
  const find = ({ source, collection, origin, operation }: ChangeEvent): typeof drawer => {
    shown = entries.filter(({ rule: { summary } }) => {
      const { source: one, collections, origins, operations } = summary;
      return one === source && collections.includes(collection) && origins.includes(origin) && operations.includes(operation);
    });
    return drawer;
  };
  const filing = { find, search: () => ({ entries: shown.slice(), size: shown.length }), revise: () => expect.fail() };
  return { match: matcher({ filing, values: around.values, entriesWait: false }) };
}

const written = fc.record({ on: anyOn, when: fc.oneof(expression, libraryCondition) });
const events = fc.array(anyEvent, { minLength: EVENTS, maxLength: EVENTS });

/** Those that compile: RE2 refuses some patterns. */
function valid(rules: readonly Omit<Written, "name">[]): Written[] {
  const named = rules.map((rule, index) => ({ ...rule, name: `r${index}` }));
  return named.filter((rule) => compileRules(filesOf([rule]), catalogue).problems.length === 0);
}

test("with the index and without it, the same happens in the same order", () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 40, size: "max" }), events, (rules, shown) => {
      const named = valid(rules);
      const [indexed, loop] = [compile(named), loopOver(named)];
      for (const event of shown) expect(match(indexed, event)).toEqual(match(loop, event));
    }),
    { numRuns: RUNS },
  );
}, 3_600_000);

describe("what random rules seldom hold", () => {
  const on = { source: "shop", collection: "orders" };
  const found = (whens: readonly Row[], after: Row): string[] =>
    match(compile(whens.map((when, index) => ({ name: `r${index}`, on, when }))), eventOf({ after })).deliveries.map(({ rule }) => rule);

  test.each<[string, Row, Row]>([
    ["the long s, without regard to case", { "after.name": { $regex: "(?i)gross" } }, { name: "gro\u017fs" }],
    ["the Kelvin sign, without regard to case", { "after.name": { $regex: "(?i)kilo" } }, { name: "\u212ailo" }],
    ["a prefix that is the whole text", { "after.name": { $regex: "^abcd" } }, { name: "abcd" }],
    ["an array within an array", { all: [{ fact: "after", path: "$.l", operator: "someFact:contains", value: "a" }] }, { l: [["a"]] }],
    ["an element of an element", { "after.l": { $elemMatch: { m: { $elemMatch: { n: 5 } } } } }, { l: [{ m: [{ n: 5 }] }] }],
  ])("%s", (_, when, after) => expect(found([when], after)).toEqual(["r0"]));

  test("many values of one field", () => {
    const whens = Array.from({ length: runs(3_000) }, (_, index) => ({ "after.sku": `SKU-${index}` }));
    for (const index of [0, 1, 31, 32, whens.length - 1]) expect(found(whens, { sku: `SKU-${index}` })).toEqual([`r${index}`]);
  });

  test("many rules under one value of a field, and another of a second", () => {
    const whens = Array.from({ length: 36 }, (_, index) => ({ "after.a": index % 6, "after.b": Math.floor(index / 6) }));
    whens.forEach(({ "after.a": a, "after.b": b }, index) => expect(found(whens, { a, b })).toEqual([`r${index}`]));
  });

  test("many ranges", () => {
    const whens = Array.from({ length: 40 }, (_, index) => ({ "after.kind": "a", "after.n": { $gte: index, $lt: index + 2 } }));
    expect(found(whens, { kind: "a", n: 0 })).toEqual(["r0"]);
    expect(found(whens, { kind: "a", n: 20 })).toEqual(["r19", "r20"]);
    // One element may be above the one end, and another below the other.
    expect(found(whens, { kind: "a", n: [3, 30] })).toEqual(Array.from({ length: 29 }, (_, index) => `r${index + 2}`));
    expect(found(whens, { kind: "b", n: 20 })).toEqual([]);
  });
});

describe("what rules and events hold many times", () => {
  const on = { source: "shop", collection: "orders" };

  test("rules that each take one of several values of many fields are filed in few places", () => {
    const values = Array.from({ length: 10 }, (_, index) => index);
    const fields = Array.from({ length: 8 }, (_, index) => `f${index}`);
    const alike = Object.fromEntries(fields.map((name) => [`after.${name}`, { $in: values }]));
    const either = { $and: fields.map((name) => ({ $or: values.map((value) => ({ [`after.${name}`]: value })) })) };
    const ruleSet = compile(Array.from({ length: 12 }, (_, index) => ({ name: `r${index}`, on, when: index % 2 === 0 ? alike : either })));
    const after = Object.fromEntries(fields.map((name, index) => [name, index]));
    expect(match(ruleSet, eventOf({ after })).deliveries).toHaveLength(12);
    expect(match(ruleSet, eventOf({ after: { ...after, f7: 10 } })).deliveries).toEqual([]);
  });

  test.each<[string, (name: string) => Row | string, Value]>([
    ["an array's elements", (name) => name, Array.from({ length: 1_000 }, () => "part-3")],
    ["a text's parts", (name) => ({ $regex: name }), "part-3 ".repeat(1_000)],
  ])("what else must hold is looked at once for an event, however many of %s are alike", (_, testOf, one) => {
    const whens = Array.from({ length: 100 }, (_, index) => ({
      "after.one": testOf(`part-${Math.floor(index / 10)}`),
      "after.other": testOf(`part-${index % 10}`),
    }));
    const ruleSet = compile(whens.map((when, index) => ({ name: `r${index}`, on, when })));
    const after = { one, other: one };
    let reads = 0;
    const counted = (value: Value): PropertyDescriptor => ({ enumerable: true, get: () => (reads++, value) });
    Object.defineProperties(after, { one: counted(one), other: counted(one) });
    expect(match(ruleSet, { ...eventOf({}), after }).deliveries.map(({ rule }) => rule)).toEqual(["r33"]);
    expect(reads).toBeLessThan(20);
  });
});

describe("a rule set that is compiled from a previous one", () => {
  const edit = fc.record({ from: fc.nat(), at: fc.nat(), remove: fc.nat(2), add: fc.array(written, { maxLength: 2 }) });

  test("matches as one that is compiled anew, and each previous one as before", () => {
    fc.assert(
      fc.property(fc.array(written, { maxLength: 30 }), fc.array(edit, { maxLength: 8 }), events, (first, edits, shown) => {
        const all = valid([...first, ...edits.flatMap(({ add }) => add)]);
        const spare = all.splice(first.length);
        const sets = [{ rules: all, ruleSet: compile(all) }];
        for (const { from, at, remove, add } of edits) {
          const base = sets[from % sets.length] ?? expect.fail();
          const rules = base.rules.toSpliced(at % (base.rules.length + 1), remove, ...spare.splice(0, add.length));
          sets.push({ rules, ruleSet: compile(rules, base.ruleSet) });
        }
        const loops = sets.map(({ rules }) => loopOver(rules));
        for (const [index, event] of shown.slice(0, 16).entries()) {
          const at = (index * 5) % sets.length;
          expect(match(sets[at]?.ruleSet ?? expect.fail(), event)).toEqual(match(loops[at] ?? expect.fail(), event));
        }
      }),
      { numRuns: RUNS },
    );
  }, 3_600_000);

  const on = { source: "shop", collection: "orders" };
  const exact = (index: number): Written => ({ name: `r${index}`, on, when: { "after.q": index % 100 } });
  const namesFor = (ruleSet: CompiledRuleSet, q: number): string[] =>
    match(ruleSet, eventOf({ after: { q } })).deliveries.map(({ rule }) => rule);

  test("rules come and go one by one", () => {
    let rules = Array.from({ length: 300 }, (_, index) => exact(index));
    let ruleSet = compile(rules);
    const change = (next: Written[]): void => {
      rules = next;
      ruleSet = compile(rules, ruleSet);
      for (const q of [0, 7])
        expect(namesFor(ruleSet, q)).toEqual(rules.filter(({ when }) => when["after.q"] === q).map(({ name }) => name));
    };
    for (let turn = 0; turn < runs(250); turn++) change(rules.toSpliced(1 + ((turn * 7) % (rules.length - 1)), 1));
    for (let turn = 0; turn < runs(250); turn++) change(rules.toSpliced((turn * 3) % rules.length, 0, exact(1_000 + turn)));
    for (let turn = 0; turn < runs(100); turn++) change([exact(2_000 + turn * 100 + 7), ...rules]);
  });

  test("rules that change places are decided in their new order", () => {
    const rules = [7, 107, 207, 307].map(exact);
    const first = compile(rules);
    const second = compile(rules.toReversed(), first);
    expect(namesFor(second, 7)).toEqual(["r307", "r207", "r107", "r7"]);
    expect(namesFor(first, 7)).toEqual(["r7", "r107", "r207", "r307"]);
  });

  test("a rule with an operator of a developer's own stays, goes and comes back", async () => {
    const own: Written = { name: "own", on, when: { all: [{ fact: "after", path: "$.q", operator: "startsWith", value: "x" }] } };
    const compileOwn = (rules: readonly Written[], previous?: CompiledRuleSet): CompiledRuleSet =>
      compileRules(filesOf(rules), extendedCatalogue, previous).ruleSet ?? expect.fail();
    const names = async (ruleSet: CompiledRuleSet, q: Value): Promise<string[]> =>
      (await ruleSet.match([eventOf({ after: { q } })])).deliveries.map(({ rule }) => rule);
    const both = compileOwn([exact(1), own]);
    expect(await names(both, "xy")).toEqual(["own"]);
    const same = compileOwn([exact(1), own], both);
    expect(await names(same, "xy")).toEqual(["own"]);
    const gone = compileOwn([exact(1)], same);
    expect([await names(gone, "xy"), await names(gone, 1)]).toEqual([[], ["r1"]]);
    const back = compileOwn([exact(1), own], gone);
    expect([await names(back, "xy"), await names(gone, "xy"), await names(back, 1)]).toEqual([["own"], [], ["r1"]]);
  });

  const rules = [1, 2, 3].map(exact);
  test.each<[string, number, Partial<RuleFiles>, object]>([
    ["nothing", 0, {}, {}],
    ["one rule", 1, { rules: filesOf([exact(1), { ...exact(2), when: {} }, exact(3)]).rules }, {}],
    ["one rule's place", 0, { rules: filesOf([exact(3), exact(1), exact(2)]).rules }, {}],
    ["a condition", 3, { conditions: [] }, {}],
    ["a template", 3, { templates: [] }, {}],
    ["a constant", 3, { values: [] }, {}],
    ["the sources", 3, {}, { sources: ["shop"] }],
    ["an action", 3, {}, { services: new Map([...catalogue.services, ["sms", new Map(catalogue.services.get("web"))]]) }],
    ["what a service takes turns by", 3, {}, { turns: new Map([["sms", ["after", "tenant"]]]) }],
    ["turns of no service", 0, {}, { turns: new Map() }],
    ["extensions", 3, {}, { extensions: { facts: new Map(), operators: new Map() } }],
    [
      "a template's name",
      3,
      { templates: surroundings.templates.map((file) => ({ ...file, path: file.path.replace("who", "whom") })) },
      {},
    ],
    ["a template's text", 3, { templates: surroundings.templates.map((file) => ({ ...file, text: `${file.text} ` })) }, {}],
    ["a service that cannot be used", 3, {}, { services: new Map<string, unknown>([...catalogue.services, ["gone", new Map()]]) }],
    ["the order of services", 3, {}, { services: new Map([...catalogue.services, ["gone", undefined] as const].toReversed()) }],
    ["a service's name", 3, {}, { services: new Map([...catalogue.services, ["lost", undefined]]) }],
  ])("what is compiled again when this changes: %s", (_, expected, files, different) => {
    let checked = 0;
    const validate: typeof catalogue.validate = (schema) => {
      const check = catalogue.validate(schema);
      if (schema.title === "Backstitch rule") checked++;
      return check;
    };
    const before = { ...catalogue, validate, services: new Map([...catalogue.services, ["gone", undefined]]) };
    const { ruleSet } = compileRules(filesOf(rules), before);
    checked = 0;
    compileRules({ ...filesOf(rules), ...files }, { ...before, ...different }, ruleSet);
    expect(checked).toBe(expected);
  });
});
