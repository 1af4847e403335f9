import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Value } from "@backstitch/core/values";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRules } from "../src/index.ts";
import { eventOf, readCases, ruleText } from "./cases.ts";
import { catalogue, extendedCatalogue, surroundings } from "./catalogue.ts";
import { runs } from "./runs.ts";

const on = { source: "shop", collection: "orders", operations: ["insert", "update", "replace", "delete"] };

const LOW_STOCK = `{
  // comments are allowed
  "on": { "source": "shop", "collection": "inventory", "operations": ["insert", "update"] },
  "when": { "after.quantity": { "$lt": { "$path": "after.reorderPoint" }, "$changed": true }, "$or": [{ "after.name": { "$regex": "^B" } }, { "$condition": "vip" }] },
  "then": [{ "service": "sms", "action": "send", "retry": { "attempts": 3 }, "with": { "to": { "$path": "after.buyerPhone" }, "body": "{% if after.x %}{{ after.name | upcase }}{% endif %}: {{ after.quantity }} left" } }]
}`;
const ENGINE = `{ "on": { "source": "shop", "collection": ["a", "b"] }, "when": { "any": [{ "fact": "after", "path": "$.a['b'][0]", "operator": "someFact:equal", "value": { "fact": "before" } }, { "condition": "gold" }] },
  "then": [{ "name": "x", "service": "mail", "action": "send", "with": { "to": "t", "subject": "{{ after.s }}", "html": { "$template": "receipt.liquid" } } }] }`;

test.each([
  ["low stock", LOW_STOCK],
  ["engine", ENGINE],
])(
  "every truncation of a rule file is a rule or problems: %s",
  (_, text) => {
    for (let length = 0; length <= text.length; length++) {
      const { ruleSet, problems } = compileRules(
        { ...surroundings, rules: [{ path: "rules/cut.json", text: text.slice(0, length) }] },
        catalogue,
      );
      expect(ruleSet === undefined).toBe(problems.some(({ severity }) => severity === "error"));
      for (const { place, message } of problems) {
        expect(place.line * place.column).toBeGreaterThan(0);
        expect(message).not.toMatch(/undefined|\[object/);
      }
    }
  },
  120_000,
);

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(
    null,
    true,
    false,
    0,
    -0,
    1,
    5,
    1.5,
    NaN,
    "",
    "a",
    "5",
    "\ud800",
    "<",
    "\n",
    "..",
    2n ** 60n,
    Decimal.parse("1.50"),
    Decimal.parse("-0.00"),
  ),
  fc.string({ maxLength: 5 }),
  fc.integer(),
);
const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("q", "a", "b", "sku", "r", "__proto__", "constructor", "size", "0"), tie("value"), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;
const names = fc.constantFrom("q", "a", "items", "r", "name", "tier", "t", "__proto__");
const row = fc.dictionary(names, value, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<ChangeEvent["after"]>;
const event: fc.Arbitrary<ChangeEvent> = fc
  .record({
    operation: fc.constantFrom("insert", "update", "replace", "delete"),
    after: fc.option(row),
    before: fc.option(fc.option(row), { nil: undefined }),
    key: fc.option(row),
    previousKey: fc.option(row, { nil: undefined }),
    unsent: fc.subarray(["q", "a", "r"]),
    changed: fc.option(fc.subarray(["q", "a", "r"]), { nil: undefined }),
  })
  .map((differences) => eventOf(differences as never));

test("no event makes matching throw", async () => {
  const cases = readCases().flatMap(({ cases }) => cases.filter((item) => !item.name.includes("loop")));
  const rules = cases.map((item, index) => ({
    path: `rules/r${index}.json`,
    text: ruleText(item).replace('"update"', '"update", "replace"'),
  }));
  const { ruleSet, problems } = compileRules({ ...surroundings, rules }, extendedCatalogue);
  expect(problems).toEqual([]);
  await fc.assert(
    fc.asyncProperty(event, async (shown) => {
      const matched = await ruleSet?.match([shown]);
      const undecided = matched?.undecided ?? [];
      expect(undecided.filter(({ paths }) => paths.length === 0)).toEqual([]);
      for (const { code, reason } of matched?.failures ?? []) {
        expect(code).toMatch(/^[A-Z_]+$/);
        expect(reason).not.toMatch(/\[object|undefined/);
      }
    }),
    { numRuns: runs(25) },
  );
}, 120_000);

const OUTPUTS = [
  "{{ after.q }}",
  "{{ after.q.a }}",
  "{{ after['q'] }}",
  "{{ after.q.size }}",
  "{{ after.q[0] }}",
  "{{ before.q }}",
  "{{ key.q }}",
  "{{ changed }}",
  "{{ values.limit }}",
  "{{ after.__proto__ }}",
];

test("plain templates say what Liquid says", () => {
  const rules = OUTPUTS.flatMap((output, index) =>
    ["sms body", "mail subject", "mail html", "web path"].map((target) => {
      const [service = "", name = ""] = target.split(" ");
      const others = service === "mail" ? { to: "t", subject: "s", html: "h" } : service === "sms" ? { to: "t" } : {};
      const entry = (text: string, entryName: string): object => ({
        name: entryName,
        service,
        action: service === "web" ? "request" : "send",
        with: { ...others, [name]: text },
      });
      const then = [entry(`[${output}-{{ after.r }}]`, "fast"), entry(`{% comment %}{% endcomment %}[${output}-{{ after.r }}]`, "slow")];
      return { path: `rules/${index}-${name}.json`, text: JSON.stringify({ on, then }) };
    }),
  );
  const { ruleSet } = compileRules({ ...surroundings, rules }, catalogue);
  fc.assert(
    fc.property(event, (shown) => {
      const matched = ruleSet?.match([shown]);
      if (matched === undefined || matched instanceof Promise) throw new Error("it waited");
      const said = (entry: string): unknown[] => [
        ...matched.deliveries.filter(({ then }) => then === entry).map(({ rule, args }) => [rule, args]),
        ...matched.failures.filter(({ then }) => then === entry).map(({ rule, code, reason }) => [rule, code, reason]),
      ];
      expect(said("fast")).toEqual(said("slow"));
    }),
    { numRuns: runs(100) },
  );
}, 120_000);
