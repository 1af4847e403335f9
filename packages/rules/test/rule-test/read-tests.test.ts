import { formatProblem } from "@backstitch/core/rules";
import { expect, test } from "vitest";
import { compileRules } from "../../src/index.ts";
import { readRuleTests } from "../../src/rule-test/index.ts";
import { catalogue, surroundings } from "../catalogue.ts";
import { filesOf, ruleWith } from "./support.ts";

const event = '"event": {}';
const PROBLEMS: readonly (readonly [name: string, text: string, ...says: readonly string[]])[] = [
  ["broken JSON", '{ "tests": [', "rules/r.test.json:1:13 JSON_SYNTAX A closing bracket is missing here."],
  ["no tests", "{}", "rules/r.test.json:1:1 TEST_KEY_MISSING must have required property 'tests': \"tests\"."],
  ["a list alone", "[]", "rules/r.test.json:1:1 TEST_TYPE [] must be object."],
  [
    "an unknown key",
    `{ "tests": [{ "name": "a", "event": { "aftr": {} }, "none": "because" }] }`,
    'rules/r.test.json:1:39 TEST_KEY_UNKNOWN must NOT have additional properties: "aftr".\n  Did you mean "after"?',
  ],
  [
    "neither an event nor what must happen",
    '{ "tests": [{ "name": "a" }] }',
    'rules/r.test.json:1:13 TEST_EVENT_MISSING The test has no "event".',
    'rules/r.test.json:1:13 TEST_EXPECTATION_MISSING The test does not say what must happen.\n  It needs one of "deliveries", "deliveriesContain", "none", "undecided", "failures".',
  ],
  [
    "an event and events",
    `{ "tests": [{ "name": "a", ${event}, "events": [{}], "deliveries": [] }] }`,
    'rules/r.test.json:1:13 TEST_EVENT_MISSING A test has "event" or "events", not both.',
  ],
  [
    "nothing and something",
    `{ "tests": [{ "name": "a", ${event}, "none": "because", "undecided": ["after.x"] }] }`,
    'rules/r.test.json:1:13 TEST_EXPECTATION_EXCLUDED A test cannot say both "none" and "undecided".',
  ],
  [
    "exact and contained",
    `{ "tests": [{ "name": "a", ${event}, "deliveries": [], "deliveriesContain": [{ "then": "sms.send" }] }] }`,
    'rules/r.test.json:1:13 TEST_EXPECTATION_EXCLUDED A test cannot say both "deliveries" and "deliveriesContain".',
  ],
  [
    "two tests of one name",
    `{ "tests": [{ "name": "a", ${event}, "none": "b" },\n{ "name": "a", ${event}, "none": "b" }] }`,
    'rules/r.test.json:2:11 TEST_NAME_DUPLICATE Two tests are called "a".',
  ],
  [
    "an entry that the rule does not have",
    `{ "tests": [{ "name": "a", ${event}, "deliveries": [{ "then": "sms.sned" }] }] }`,
    'rules/r.test.json:1:66 TEST_THEN_UNKNOWN Rule "r" has no entry "sms.sned"; its entries are "sms.send".\n  Did you mean "sms.send"?',
  ],
  [
    "an entry that cannot fail, since it is none",
    `{ "tests": [{ "name": "a", ${event}, "failures": [{ "code": "X", "then": "mail" }] }] }`,
    'rules/r.test.json:1:77 TEST_THEN_UNKNOWN Rule "r" has no entry "mail"; its entries are "sms.send".',
  ],
  [
    "a number that is none",
    `{ "tests": [{ "name": "a", "event": { "after": { "x": [{ "$numberDecimal": "12,5" }] } }, "none": "b" }] }`,
    'rules/r.test.json:1:76 TEST_VALUE_INVALID "$numberDecimal" needs a number as a text, not "12,5".',
  ],
  [
    "neither tests nor events, but numbers",
    '{ "tests": [5, { "name": 6, "event": {}, "none": "b" }, { "name": "a", "events": [7], "none": "b" }] }',
    "rules/r.test.json:1:13 TEST_TYPE 5 must be object.",
    "rules/r.test.json:1:26 TEST_TYPE 6 must be string.",
    "rules/r.test.json:1:83 TEST_TYPE 7 must be object.",
  ],
  [
    "before said twice",
    `{ "tests": [{ "name": "a", "events": [{ "was": {}, "before": {} }], "none": "b" }] }`,
    'rules/r.test.json:1:48 TEST_EVENT_INVALID An event has "before" or "was", not both.',
  ],
];

test.each(PROBLEMS)("%s is said, with its place and what to do", (_, text, ...says) => {
  const { ruleSet } = compileRules({ ...surroundings, rules: filesOf({ r: ruleWith({ "after.q": 1 }) }, ".json") }, catalogue);
  const rules = new Map(ruleSet?.rules.map((rule) => [rule.name, rule]));
  const { tests, problems } = readRuleTests(filesOf({ r: text }, ".test.json"), { rules, validate: catalogue.validate });
  expect(problems.map(formatProblem)).toEqual(says);
  expect(tests).toEqual([]);
});

test("a file beside no rule is a problem, and the others are read", () => {
  const content = { tests: [{ name: "a", event: {}, none: "because" }] };
  const rules = new Map([
    ["late", undefined],
    ["deep/paid", undefined],
  ]);
  const files = filesOf({ "deep/piad": content, "deep/paid": content, order: content }, ".test.json");
  const { tests, problems } = readRuleTests(files, { rules, validate: catalogue.validate });
  expect(tests.map(({ rule }) => rule)).toEqual(["deep/paid"]);
  expect(problems.map(formatProblem)).toEqual([
    'rules/deep/piad.test.json:1:1 TEST_RULE_MISSING These are the tests of the rule "deep/piad", which is not there; the rules are "late", "deep/paid".\n  Did you mean "deep/paid"?',
    'rules/order.test.json:1:1 TEST_RULE_MISSING These are the tests of the rule "order", which is not there; the rules are "late", "deep/paid".\n  Name the file as its rule: rules/NAME.test.json stands beside rules/NAME.json.',
  ]);
});

test("where the rule has problems of its own, its entries are not known, and nothing is said of them", () => {
  const content = { tests: [{ name: "a", event: {}, deliveries: [{ then: "whatever" }] }] };
  const { problems } = readRuleTests(filesOf({ r: content }, ".test.json"), {
    rules: new Map([["r", undefined]]),
    validate: catalogue.validate,
  });
  expect(problems).toEqual([]);
});

test("every truncation of a file is tests or problems", () => {
  const whole = JSON.stringify({
    tests: [{ name: "a", events: [{ was: { q: { $numberLong: "1" } }, after: {} }], deliveriesContain: [{ args: { x: [1] } }] }],
  });
  for (let length = 0; length < whole.length; length++) {
    const { tests, problems } = readRuleTests(filesOf({ r: whole.slice(0, length) }, ".test.json"), {
      rules: new Map([["r", undefined]]),
      validate: catalogue.validate,
    });
    expect([length, tests.length, problems.length > 0]).toEqual([length, 0, true]);
  }
});
