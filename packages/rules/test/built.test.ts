import type { Matched, RuleSet } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Row, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildRules, type GuardForm } from "../src/built/encode-rules.ts";
import { openRules } from "../src/built/index.ts";
import { index } from "../src/built/rule-index.ts";
import { liquid } from "../src/built/liquid.ts";
import { regex } from "../src/condition/operators/regex.ts";
import { compileGuards, compileRules, type RuleFiles } from "../src/index.ts";
import { readJson } from "../src/json/index.ts";
import { anyOn, expression, libraryCondition } from "./arbitrary-rules.ts";
import { anyEvent } from "./arbitrary-values.ts";
import { eventOf, readCases, ruleText } from "./cases.ts";
import { catalogue, extendedCatalogue, surroundings } from "./catalogue.ts";
import { runs } from "./runs.ts";

const LINKS = catalogue.links ?? new Map<never, never>();
const SERVICES = catalogue.services as Parameters<typeof openRules>[1]["services"];

/** The rules as they are in a built project, which has Liquid and patterns only where the build says so. */
function built(files: RuleFiles, guards: ReadonlyMap<string, readonly GuardForm[]> = new Map(), indexed = false) {
  const { text, needs } = buildRules(files, catalogue, guards);
  const given = {
    ...(needs.includes("liquid") && { liquid }),
    ...(needs.includes("regex") && { regex }),
    ...(indexed && { index }),
  };
  return openRules(text, { services: SERVICES, links: LINKS, ...given });
}

function both(texts: readonly string[], indexed = false): readonly [compiled: RuleSet, built: RuleSet] | undefined {
  const files = { ...surroundings, rules: texts.map((text, index) => ({ path: `rules/r${index}.json`, text })) };
  const { ruleSet } = compileRules(files, catalogue);
  return ruleSet && [ruleSet, built(files, new Map(), indexed).rules];
}

function expectSame([compiled, opened]: readonly [RuleSet, RuleSet], events: readonly ChangeEvent[]): Matched {
  const wanted = compiled.match(events) as Matched;
  expect(opened.match(events)).toEqual(wanted);
  expect(opened.hash).toBe(compiled.hash);
  return wanted;
}

describe("what is built does what is compiled", () => {
  const own = readCases().filter(({ about }) => !about.startsWith("extensions/"));
  test.each(own.map(({ about, cases }) => [about, cases] as const))("%s", (_, cases) => {
    for (const item of cases) {
      const text = ruleText(item).replaceAll(/"(\d{16,})n"/g, "$1");
      expectSame(both([text]) ?? expect.fail(item.name), [eventOf(item.event)]);
    }
  });

  const rule = fc.record({ on: anyOn, when: fc.oneof(expression, libraryCondition) });
  test.each([
    ["each shown to all", false],
    ["with an index", true],
  ])("random rules, %s", (_, indexed) => {
    let matched = 0;
    const property = fc.property(fc.array(rule, { maxLength: 4 }), fc.array(anyEvent, { minLength: 5, maxLength: 5 }), (rules, events) => {
      const then = [{ service: "sms", action: "send", with: { to: { $path: "key" }, body: "{{ after.q }}" } }];
      const pair = both(
        rules.map((one) => JSON.stringify({ ...one, then })),
        indexed,
      );
      // RE2 refuses some patterns.
      if (pair === undefined) return;
      matched += expectSame(pair, events).deliveries.length;
    });
    fc.assert(property, { numRuns: runs(300) });
    expect(matched).toBeGreaterThan(20);
  });
});

const odd: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Value>(null, true, 0, -1.5, 2n ** 70n, Decimal.parse("12.50"), "", "abc", "a\nb", "<&>", "..", "é/?", "\ud800"),
    fc.array(tie("value"), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "size", "first", "last", "length", "text", "0"), tie("value"), { maxKeys: 3 }),
  ),
})).value;
const segment = fc.constantFrom("a", "b", "size", "first", "last", "length", "text", "0", '["a"]');
const reading = fc.tuple(fc.constantFrom("after", "before", "key", "values.limit"), fc.array(segment, { maxLength: 3 }));
const written = reading.map(([root, names]) => root + names.map((name) => (name.startsWith("[") ? name : `.${name}`)).join(""));
/** What Liquid reads of a text, a list or a decimal. */
const SPECIAL = [".size", ".first", ".last", ".length", ".text", ".0", '["0"]', '["-1"]', "[0]", ".-1"];
const piece = fc.oneof(
  fc.constantFrom(...SPECIAL).map((name) => `{{ after.a${name} }}`),
  written.map((path) => `{{ ${path} }}`),
  written.map((path) => `{{${path}}}`),
  fc.constantFrom("x", " ", "{{ key.id | upcase }}", "{{- after.a -}}", "{% if after.b %}y{% endif %}"),
);

const WORDS = ["is missing", "the value is null", "is an array", "is an object", "a line break or NUL", "empty or dots"];

test("templates say the same, and fail in the same words, with Liquid and without it", () => {
  const seen = new Set<string>();
  const row = fc.dictionary(fc.constantFrom("a", "b", "size", "text"), odd);
  const templates = fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }), { minLength: 8, maxLength: 8 });
  const rows = fc.array(fc.tuple(row, fc.option(row)), { minLength: 8, maxLength: 8 });
  const property = fc.property(templates, rows, (all, pairs) => {
    const texts = all.map((pieces) => ruleOf(pieces.join("")));
    const events = pairs.map(([after, before], id) => ({
      ...eventOf({ after, before }),
      id: String(id),
    }));
    const { deliveries, failures } = expectSame(both(texts) ?? expect.fail(), events);
    if (deliveries.length > 0) seen.add("rendered");
    for (const { reason } of failures) for (const words of WORDS) if (reason.includes(words)) seen.add(words);
  });
  fc.assert(property, { numRuns: runs(40) });
  expect(seen).toEqual(new Set(["rendered", ...WORDS]));
}, 60_000);

test("what Liquid reads of values that are no rows is read", () => {
  const values: Value[] = ["abc", "", [1, "b"], [], Decimal.parse("12.50"), 5, true, null, { a: 1 }, { size: 7, text: "t" }];
  const texts = SPECIAL.flatMap((name) => [`{{ after.a${name} }}`, `{{ after${name} }}`].map(ruleOf));
  const pair = both(texts) ?? expect.fail();
  const { deliveries } = expectSame(
    pair,
    values.map((a, id) => ({ ...eventOf({ after: { a } }), id: String(id) })),
  );
  expect(deliveries.length).toBeGreaterThan(50);
});

/** A rule that has a template land wherever one can. */
function ruleOf(template: string): string {
  const then = [
    { name: "text", service: "sms", action: "send", with: { to: "t", body: template } },
    { name: "mail", service: "mail", action: "send", with: { to: "t", subject: template, html: template } },
    { name: "web", service: "web", action: "request", with: { path: template, query: [template] } },
  ];
  return JSON.stringify({ on: { source: "shop", collection: "orders" }, then });
}

test("services take turns by what they take turns by", () => {
  const turns = new Map([["sms", ["after", "tenant"]]]);
  const rules = [{ path: "rules/r0.json", text: ruleOf("x") }];
  const files = { ...surroundings, rules };
  const events = [eventOf({ after: { tenant: "a" } }), { ...eventOf({ after: {} }), id: "e2" }];
  const wanted = compileRules(files, { ...catalogue, turns }).ruleSet?.match(events);
  const { text } = buildRules(files, { ...catalogue, turns }, new Map());
  const opened = openRules(text, { services: SERVICES, links: LINKS }).rules.match(events);
  expect(opened).toEqual(wanted);
  expect((opened as Matched).deliveries[0]?.turn).toBeDefined();
});

test("guards permit and deny in the same words", () => {
  const guards = [
    { name: "ours", actions: ["send"], when: { "args.to": { $regex: "^\\+1" }, "args.sent": { $gt: { $date: "2026-01-01T00:00:00Z" } } } },
    { name: "vip", actions: ["send"], when: { "args.to": { $in: { $path: "values.buyers.vip" } } } },
    { name: "own", actions: ["send"], callers: ["users"], when: { "args.to": { $path: "user.phone" } } },
  ];
  const { located } = readJson("services/sms.json", JSON.stringify({ guards }));
  const { conditions, values } = surroundings;
  const options = { conditions, values, actions: ["send"], validate: catalogue.validate };
  const { guard, forms } = compileGuards(located ?? expect.fail(), ["guards"], options);
  const opened = built({ ...surroundings, rules: [] }, new Map([["sms", forms]])).guards.get("sms");
  const asked: Row[] = [
    { to: "+15", sent: "2026-05-06T07:08:09Z" },
    { to: "+15", sent: "2025-05-06T07:08:09Z" },
    { to: "ada" },
    { to: "+15" },
  ];
  const said = asked.map((args) => opened?.permits("send", args));
  expect(said).toEqual(asked.map((args) => guard?.permits("send", args)));
  expect(said.slice(0, 3)).toEqual([
    { by: "ours" },
    { deniedBecause: expect.stringMatching(/"ours" .*; "vip" /) as string },
    { by: "vip" },
  ]);
  expect(opened?.permits("other", {})).toEqual(guard?.permits("other", {}));
  expect(opened?.permits("send", { to: "+49" }, { phone: "+49" })).toEqual({ by: "own" });
  expect(opened?.permits("send", { to: "+48" }, { phone: "+49" })).toEqual(guard?.permits("send", { to: "+48" }, { phone: "+49" }));
});

describe("what a build needs", () => {
  const filesOf = (rule: object): RuleFiles => ({
    ...surroundings,
    rules: [{ path: "rules/r.json", text: JSON.stringify({ on: { source: "shop", collection: "orders" }, ...rule }) }],
  });
  const then = (body: unknown) => ({ then: [{ service: "sms", action: "send", with: { to: "t", body } }] });
  test.each([
    ["text and paths", then("{{ after.name }}: {{ after.row.a }}"), []],
    ["a filter", then("{{ after.name | upcase }}"), ["liquid"]],
    ["a tag", then("{% if after.name %}x{% endif %}"), ["liquid"]],
    ["a count that only Liquid knows", then("{{ after.items.size }}"), ["liquid"]],
    ["a file of templates/", then({ $template: "receipt.liquid" }), ["liquid"]],
    ["a pattern", { when: { "after.name": { $regex: "^a" } }, ...then("x") }, ["regex"]],
    ["a pattern that an entry asks for", { then: [{ ...then("x").then[0], when: { $nor: [{ "after.a": { $regex: "a" } }] } }] }, ["regex"]],
  ])("%s", (_, rule, needs) => {
    expect(buildRules(filesOf(rule), catalogue, new Map()).needs).toEqual(needs);
  });

  test("more than a hundred rules", () => {
    const text = JSON.stringify({ on: { source: "shop", collection: "orders" }, ...then("x") });
    const rules = Array.from({ length: 101 }, (_, number) => ({ path: `rules/r${number}.json`, text }));
    expect(buildRules({ ...surroundings, rules }, catalogue, new Map()).needs).toEqual(["index"]);
    expect(buildRules({ ...surroundings, rules: rules.slice(1) }, catalogue, new Map()).needs).toEqual([]);
  });

  test("what is left out and needed is said when the rules are opened or first asked", () => {
    const { text } = buildRules(filesOf(then("{{ after.name | upcase }}")), catalogue, new Map());
    expect(() => openRules(text, { services: SERVICES, links: LINKS })).toThrow("A template needs Liquid.");
  });

  test("what a developer's own code decides cannot be built", () => {
    const when = { all: [{ fact: "fieldCount", operator: "equal", value: 1 }] };
    expect(() => buildRules(filesOf({ when, ...then("x") }), extendedCatalogue, new Map())).toThrow("json-rules-engine decides itself");
  });
});
