import { describe, expect, test } from "vitest";
import { readJson } from "../src/json/index.ts";
import { compileRules } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const on = { source: "shop", collection: "orders" };
const send = (more: object = {}): object => ({ service: "sms", action: "send", with: { to: "t", body: "b" }, ...more });

function compiled(rules: readonly object[]): ReturnType<typeof compileRules> {
  const texts = rules.map((rule, index) => ({ path: `rules/r${index}.json`, text: JSON.stringify(rule) }));
  return compileRules({ ...surroundings, rules: texts }, catalogue);
}

function deliveries(rules: readonly object[], after: object): readonly { readonly rule: string; readonly ifUncertain: string }[] {
  const matched = compiled(rules).ruleSet?.match([eventOf({ after: { ...after } })]);
  if (matched === undefined || matched instanceof Promise) throw new Error("it was not matched");
  return matched.deliveries;
}

test.each([5, 16, 17, 60])("of %i rules that match, deliveries are in the order of the files, however each is found", (count) => {
  const tests = [{ "after.a": 1 }, { "after.b": { $gt: 0 } }, { "after.c": { $regex: "^x" } }, undefined, { "after.d": { $in: [1, 2] } }];
  const rules = Array.from({ length: count }, (_, index) => {
    const when = tests[(index * 3) % tests.length];
    return { on, ...(when === undefined ? {} : { when }), then: [send()] };
  });
  expect(deliveries(rules, { a: 1, b: 1, c: "xy", d: 2 }).map(({ rule }) => rule)).toEqual(rules.map((_, index) => `r${index}`));
});

test.each([
  ["retry", "hold", "hold"],
  ["hold", "retry", "retry"],
  ["hold", undefined, "hold"],
  [undefined, undefined, "retry"],
])("ifUncertain %s of the rule and %s of the entry: %s", (ofRule, ofEntry, expected) => {
  const rule = {
    on,
    ...(ofRule !== undefined && { ifUncertain: ofRule }),
    then: [send(ofEntry === undefined ? {} : { ifUncertain: ofEntry })],
  };
  expect(deliveries([rule], {})).toMatchObject([{ ifUncertain: expected }]);
});

describe("what is read in a rate and a time of day", () => {
  const codes = (limits: object): readonly string[] =>
    compiled([{ on, limits, then: [send()] }]).problems.map(({ code, place }) => `${code} ${place.line}`);
  test.each(["1 per 1h", "999999999 per 30d"])("%s is a rate", (total) => expect(codes({ total })).toEqual([]));
  test.each(["1 per 1h more", "x 1 per 1h", "1 per 1", "1 per", "0 per 1h", "1234567890 per 1h"])("%s is none", (total) =>
    expect(codes({ total })).toEqual(["RULE_VALUE_INVALID 1"]),
  );
  const quiet = (from: string, to: string): object => ({ quietHours: { from, to, timeZone: "Europe/Zurich" } });
  test.each(["00:00", "19:59", "23:59"])("%s is a time of day", (from) => expect(codes(quiet(from, "07:00"))).toEqual([]));
  test.each(["124:00", "24:00", "23:60", "7:00", "07:00x"])("%s is none", (from) =>
    expect(codes(quiet(from, "07:00"))).toContain("RULE_VALUE_INVALID 1"),
  );
});

describe("a name that is given twice", () => {
  test.each([
    ["in an object of a list", '{"a": [{"x": 1, "x": 2}]}', 17],
    ["in an object of an object", '{"a": {"b": {"x": 1, "x": 2}}}', 22],
    ["in the second of two lists", '[[], [{"x": 1, "x": 2}]]', 16],
  ])("%s", (_, text, column) => {
    const { located, problems } = readJson("x.json", text);
    expect(located).toBeUndefined();
    expect(problems).toMatchObject([{ code: "JSON_DUPLICATE_KEY", place: { line: 1, column } }]);
  });
});

test("a name may stand apart from its colon", () => {
  expect(readJson("x.json", '{"a" : 1, "b"\n\t\r: {"c":"12:30"}}')).toMatchObject({
    problems: [],
    located: { value: { a: 1, b: { c: "12:30" } } },
  });
  expect(readJson("x.json", '{"x" : 1, "x" : 2}').problems).toMatchObject([{ code: "JSON_DUPLICATE_KEY", place: { column: 11 } }]);
});

describe("what a misspelled service may mean", () => {
  const remedy = (service: string, known: readonly string[]): string | undefined => {
    const services = new Map(known.map((name) => [name, new Map()]));
    const text = JSON.stringify({ on, then: [{ ...send(), service }] });
    const { problems } = compileRules({ ...surroundings, rules: [{ path: "rules/r.json", text }] }, { ...catalogue, services });
    return problems[0] && `${problems[0].message} ${problems[0].remedy ?? ""}`;
  };
  test.each([
    ["mial", "mail"],
    ["MAIL", "mail"],
    ["mai", "mail"],
    ["mails", "mail"],
    ["nail", "mail"],
    ["archvie", "archive"],
    ["arshiwe", "archive"],
  ])("%s: %s", (service, meant) => expect(remedy(service, ["x", "archive", "mail", "male"])).toContain(`Did you mean "${meant}"?`));
  test.each(["lima", "m", "arshiwes", "mailmail"])("%s: nothing", (service) =>
    expect(remedy(service, ["archive", "mail"])).not.toContain("Did you mean"),
  );
  test("of many some are listed", () => {
    const names = Array.from({ length: 13 }, (_, index) => `service-${index}`);
    expect(remedy("other", names)).toMatch(/"service-0", .*"service-11", …/);
    expect(remedy("other", names.slice(1))).toMatch(/"service-1", .*"service-12"[^,]*$/);
  });
});

test("a file of 1 MB is read, one byte more is not", () => {
  const text = (bytes: number): string => `"${"é".repeat((bytes - 2) / 2)}"`;
  expect(readJson("x.json", text(1_048_576))).toMatchObject({ problems: [], located: { value: "é".repeat(524_287) } });
  expect(readJson("x.json", `${text(1_048_576)} `).problems).toMatchObject([{ code: "JSON_TOO_LARGE" }]);
});
