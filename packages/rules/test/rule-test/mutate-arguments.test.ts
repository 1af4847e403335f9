import { describe, expect, test } from "vitest";
import { mutateRules, type MutationReport } from "../../src/rule-test/index.ts";
import { fixed, mutantsOf, mutate, none } from "./mutating.ts";
import { ruleWith, tested, type Json } from "./support.ts";

describe("mutants of what is asked for", () => {
  const entry = (more: object): object => ({ then: [{ service: "sms", action: "send", with: { to: "t", body: "b" }, ...more }] });
  const asks = (body: unknown, more: object = {}): object => entry({ with: { to: "t", body }, ...more });
  const event = { before: { name: "a", nick: "b", q: 1 } };

  test.each<readonly [string, unknown, readonly string[]]>([
    ["a path", "Dear {{ before.name }}", ["before.name → before.nick", "before.name → before.q"]],
    [
      "filters, and the numbers they are given",
      "{{ 'a|b' | truncate: 1 | upcase }}",
      ["left out | truncate: 1", "1 → 2", "1 → 0", "left out | upcase"],
    ],
    [
      "comparisons and what joins them",
      "{% if operation == 'insert' and index1 < 2 %}x{% elsif operation != 'a' or operation >= 'b' %}y{% endif %}".replace(
        "index1",
        "committedAt",
      ),
      ["== → !=", "and → or", "< → <=", "2 → 3", "2 → 1", "2 → 4", "!= → ==", "or → and", ">= → >"],
    ],
    [
      "what comes after a comment",
      "{% comment %}{{ before.q }}{% endcomment %}{{ 'a' | truncate: 1 }}",
      ["left out | truncate: 1", "1 → 2", "1 → 0"],
    ],
    ["a comparison that decides nothing", "{% assign same = operation == 'a' %}{{ same }}", ["== → !="]],
    ["an alternative is no comparison", "{% case operation %}{% when 'a' or 'b' %}x{% endcase %}", []],
    [
      "neither words nor comments",
      "1 < 2 {% # 5 %}{% comment %}{{ before.q | plus: 1 }}{% endcomment %}{% raw %}{{ 7 }}{% endraw %}{{ '8' }}",
      [],
    ],
    ["numbers and switches", { a: 5, b: [true], c: null }, ["5 → 6", "5 → 4", "5 → 10", "true → false"]],
    ["what is literal stays", { $literal: { a: 5, b: "{{ before.q }}" } }, []],
  ])("%s", async (_, body, expected) => {
    expect(await mutantsOf(undefined, asks(body), event)).toEqual(expected);
  });

  test("a list that an entry happens for, and what is read of its elements", async () => {
    const each = { each: "before.items", when: { "item.q": { $exists: true } } };
    const items = { before: { items: [{ q: 1, unit: "m", rest: 2 }], other: [], name: "a" } };
    expect(await mutantsOf(undefined, asks({ $path: "item.unit" }, each), items)).toEqual([
      "item.q → item.rest",
      "item.q → item.unit",
      "true → false",
      "before.items → before.other",
      "before.items → before.name",
      "item.unit → item.q",
      "item.unit → item.rest",
    ]);
  });

  test("how long there is for it, which a test may tell", async () => {
    const rule = ruleWith(undefined, { ...entry({ expires: "15m" }), expires: "2h" });
    const delivered = (more: object): Json => ({ event: {}, deliveries: [{ then: "sms.send", ...more }] });
    const told = async (more: object): Promise<readonly string[]> =>
      (await mutate(rule, delivered(more))).survivors.map(({ place, change }) => `${place.line}:${place.column} ${change}`);
    expect(await told({})).toEqual(["17:14 2h → 4h", "17:3 left out expires", "14:18 15m → 30m", "14:7 left out expires"]);
    expect(await told({ expires: "900s" })).toEqual(["17:14 2h → 4h", "17:3 left out expires"]);
  });
});

describe("mutants of what rules share", () => {
  const gold = { event: { after: { tier: "gold", total: 100 } }, deliveries: [{ then: "sms.send" }] };
  const iron = { event: { after: { tier: "iron", total: 100 } }, none };
  const poor = { event: { after: { tier: "gold", total: 99 } }, none };
  const told = ({ survivors }: MutationReport): readonly string[] =>
    survivors.map(({ place, change }) => `${place.file}:${place.line}:${place.column} ${change}`);

  test("a named condition, where it stands", async () => {
    const rule = ruleWith({ $condition: "vip" }, fixed);
    const vip = (change: string): string => `conditions/vip.json:2:3 ${change}`;
    expect(told(await mutate(rule, gold))).toEqual([]);
    expect(told(await mutate(rule, iron))).toEqual([vip("after.tier → before.tier"), vip("after.tier → after.total")]);
    expect(told(await mutate(rule, { event: { operation: "delete" }, none }))).toEqual([
      vip("after.tier → before.tier"),
      "conditions/vip.json:2:17 not equal",
    ]);
  });

  test("a condition that another one names, also of an entry with each", async () => {
    const entry = { ...fixed.then[0], each: "after.l", when: { $condition: "big-vip" } };
    const asked = (event: Json): Json => ({ ...event, event: { after: { ...(event["event"] as { after: object }).after, l: [1] } } });
    const tests = [gold, iron, poor];
    for (const [rule, events] of [
      [ruleWith({ $condition: "big-vip" }, fixed), tests],
      [ruleWith(undefined, { then: [entry] }), tests.map(asked)],
    ] as const) {
      expect(told(await mutate(rule, ...events)).filter((line) => line.startsWith("conditions/"))).toEqual([]);
      expect(told(await mutate(rule, ...events.slice(0, 2)))).toContain("conditions/big-vip.json:4:13 100 → 99");
      expect(told(await mutate(rule, ...events.toSpliced(1, 1)))).toContain("conditions/big-vip.json:2:3 left out $condition");
    }
  });

  test("a condition of json-rules-engine", async () => {
    const rule = ruleWith({ any: [{ condition: "gold" }] }, fixed);
    expect(told(await mutate(rule, gold))).toEqual([]);
    expect(told(await mutate(rule, { event: { operation: "delete" }, none }))).toEqual([
      "conditions/gold.json:4:15 after → before",
      "conditions/gold.json:6:19 equal → notEqual",
    ]);
  });

  test("a mutant is noticed by the tests of any rule that uses the file, and those of others are not asked", async () => {
    const rules = {
      r: ruleWith({ $condition: "vip" }, fixed),
      s: ruleWith({ $condition: "vip" }, fixed),
      t: ruleWith({ "after.tier": "gold" }, fixed),
    };
    const file = (test: object): object => ({ tests: [{ name: "a", ...test }] });
    const tests = { r: file({ event: { operation: "delete" }, none }), s: file(gold), t: file(gold) };
    const { survivors } = await mutateRules(tested({ rules, tests }));
    expect(survivors.filter(({ place }) => place.file.startsWith("conditions/"))).toEqual([]);
  });

  test("templates, those that they render too", async () => {
    const body = (name: string): object => ({
      then: [{ service: "sms", action: "send", with: { to: "t", body: { $template: name } } }],
    });
    const event = { after: { name: "Ada", nick: "A", items: [{ sku: "a" }] } };
    const rule = ruleWith(undefined, body("receipt.liquid"));
    const exact = { event, deliveries: [{ args: { to: "t", body: "Dear Ada,\n- a\n" } }] };
    expect(told(await mutate(rule, exact))).toEqual([]);
    expect(told(await mutate(rule, { event, deliveriesContain: [{ args: { to: "t" } }] }))).toEqual([
      "templates/receipt.liquid:1:9 after.name → after.nick",
    ]);
  });

  test("a template that is rendered, with its line and column", async () => {
    const templates = [
      { path: "templates/a.liquid", text: "{% render 'b.liquid', n: after.n %}" },
      { path: "templates/b.liquid", text: "Of\n n {{ n | plus: 1 }}" },
      { path: "templates/c.liquid", text: "{{ after.n | plus: 1 }}" },
    ];
    const rule = ruleWith(undefined, { then: [{ service: "sms", action: "send", with: { to: "t", body: { $template: "a.liquid" } } }] });
    const report = await mutateRules(
      tested({
        rules: { r: rule },
        tests: { r: { tests: [{ name: "a", event: { after: { n: 1 } }, deliveries: [{ then: "sms.send" }] }] } },
        around: { templates },
      }),
    );
    expect(told(report)).toEqual([
      "templates/b.liquid:2:9 left out | plus: 1",
      "templates/b.liquid:2:17 1 → 2",
      "templates/b.liquid:2:17 1 → 0",
    ]);
  });
});
