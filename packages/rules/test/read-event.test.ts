import { formatProblem } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, encodeValue, type Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileRules, readEvent } from "../src/index.ts";
import { catalogue, surroundings } from "./catalogue.ts";

function read(text: string): ReturnType<typeof readEvent> {
  const rule = {
    on: { source: "shop", collection: ["orders", "items"] },
    then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
  };
  const { ruleSet } = compileRules({ ...surroundings, rules: [{ path: "rules/r.json", text: JSON.stringify(rule) }] }, catalogue);
  const [summary] = ruleSet?.rules ?? [];
  if (summary === undefined) throw new Error("no rule");
  return readEvent({ path: "e.json", text }, summary, catalogue.validate);
}

const UPDATE: ChangeEvent = {
  id: "1",
  source: "shop",
  origin: "log",
  operation: "update",
  database: "shop",
  collection: "orders",
  key: { id: 1 },
  previousKey: undefined,
  after: {},
  before: { q: 1 },
  unsent: [],
  changed: [],
  committedAt: "2026-01-01T00:00:00.000000Z",
};

describe("an event that is written down", () => {
  test.each<[name: string, text: string, event: Partial<ChangeEvent>]>([
    [
      "is filled in as a test's is",
      '{ "after": { "id": 7, "q": 1 }, "was": { "q": 2 } }',
      { after: { id: 7, q: 1 }, before: { id: 7, q: 2 }, key: { id: 7 }, changed: ["q"] },
    ],
    [
      "keeps every digit of its numbers, which may be written as the journal prints them or as MongoDB does",
      '{ "before": { "q": 1 }, "changed": [], "after": { "a": 12345678901234567890, "b": { "$": "d", "v": "12.50" }, "c": [{ "$": "n", "v": "1" }], "d": { "$numberDecimal": "1.0" }, "e": { "$": "d", "v": "x" } } }',
      { after: { a: 12345678901234567890n, b: Decimal.parse("12.50"), c: [1n], d: Decimal.parse("1.0"), e: { $: "d", v: "x" } } },
    ],
  ])("%s", (_, text, event) => {
    expect(read(text)).toStrictEqual({ event: { ...UPDATE, ...event }, problems: [] });
  });

  test("comes back as the journal printed it", () => {
    const event: ChangeEvent = {
      ...UPDATE,
      id: "9/1",
      origin: "snapshot",
      collection: "c",
      previousKey: { id: 0 },
      unsent: ["x"],
      changed: undefined,
      before: undefined,
      after: { n: 2n ** 70n },
    };
    expect(read(encodeValue(event as unknown as Row))).toStrictEqual({ event, problems: [] });
  });

  test.each([
    ['{\n  "afer": {}\n}', '"afer".\n  Did you mean "after"?'],
    ['{ "after": 5 }', "e.json:1:12 EVENT_"],
    ['{ "operation": "updat" }', 'e.json:1:16 EVENT_VALUE_UNKNOWN "updat"'],
    ['{ "committedAt": "yesterday" }', "e.json:1:18 EVENT_VALUE_INVALID"],
    ['{ "before": {},\n "was": {} }', 'e.json:2:9 EVENT_VALUE_INVALID An event has "before" or "was", not both.'],
    ['{ "after": { "n": { "$numberInt": "x" } } }', "e.json:1:35 EVENT_VALUE_INVALID"],
    ["[]", "e.json:1:1 EVENT_TYPE"],
    ['{ "after": {', "e.json:1:13 JSON_SYNTAX A closing brace is missing here."],
  ])("%s is a problem with its place", (text, says) => {
    const { event, problems } = read(text);
    expect(event).toBeUndefined();
    expect(problems.map(formatProblem).join("\n")).toContain(says);
  });
});
