import { formatProblem } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { expect, test } from "vitest";
import { compileGuards } from "../src/index.ts";
import { readJson } from "../src/json/index.ts";
import { ajvValidate } from "./validate.ts";

const options = {
  conditions: [{ path: "conditions/home.json", text: '{ "args.to": { "$in": { "$path": "values.numbers" } } }' }],
  values: [{ path: "values/numbers.json", text: '["+15005550009"]' }],
  actions: ["send", "call"],
  validate: ajvValidate(),
};

function compile(guards: unknown) {
  const { located } = readJson("services/sms.json", JSON.stringify({ connector: "twilio", guards }, null, 1));
  if (located === undefined) throw new Error("not read");
  return compileGuards(located, ["guards"], options);
}

const none = (action: string): { deniedBecause: string } => ({ deniedBecause: `No guard lists the action "${action}".` });
const denied = (...names: string[]): { deniedBecause: string } => ({
  deniedBecause: `None of the guards that list "send" permits these arguments: ${names.map((name) => `"${name}"`).join(", ")}.`,
});
const own = { name: "own numbers", actions: ["send"], when: { "args.to": { $regex: "^\\+1" } } };
/** A test of a list is true if one element passes; a guard over a list says so of every one. */
const every = {
  name: "every",
  actions: ["send"],
  when: { "args.to": { $regex: "^\\+1", $not: { $elemMatch: { $not: { $regex: "^\\+1" } } } } },
};
const home = { name: "home", actions: ["send"], when: { $condition: "home" } };

/** Asks whether the argument is one of the numbers: `someValue:in` would look for it in each of them. */
function library(operator: string): object {
  const value = operator === "in" ? { fact: "values", path: "$.numbers" } : { fact: "action", path: "$.x" };
  return { name: operator, actions: ["send"], when: { all: [{ fact: "args", path: "$.to", operator, value }] } };
}

type Call = readonly [string, Row];
const ROWS: readonly (readonly [string, unknown, Call, object])[] = [
  ["permits", [own], ["send", { to: "+15005550006" }], { by: "own numbers" }],
  ["denies", [own], ["send", { to: "+4930123" }], denied("own numbers")],
  ["another action is denied", [own], ["call", { to: "+15005550006" }], none("call")],
  ["no guards deny everything", [], ["send", {}], none("send")],
  [
    "one of several permits",
    [{ ...own, name: "first", when: { "args.to": "x" } }, own],
    ["send", { to: "+15005550006" }],
    { by: "own numbers" },
  ],
  ["a condition of json-rules-engine", [library("in")], ["send", { to: "+15005550009" }], { by: "in" }],
  ["a condition of json-rules-engine, denied", [library("in")], ["send", { to: "x" }], denied("in")],
  ["a condition of json-rules-engine that rejects", [library("not:someValue:in")], ["send", { to: "x" }], denied("not:someValue:in")],
  ["none of several permits", [{ ...own, name: "first" }, own], ["send", { to: "x" }], denied("first", "own numbers")],
  ["a missing argument", [own], ["send", {}], denied("own numbers")],
  ["no when is always", [{ name: "all", actions: ["send"] }], ["send", {}], { by: "all" }],
  ["when true is always", [{ name: "all", actions: ["send"], when: true }], ["send", {}], { by: "all" }],
  ["an empty when is always", [{ name: "all", actions: ["send"], when: {} }], ["send", {}], { by: "all" }],
  ["when false is never", [{ name: "off", actions: ["send"], when: false }], ["send", {}], denied("off")],
  ["no actions permit nothing", [{ name: "none", actions: [] }], ["send", {}], none("send")],
  ["a named condition and values", [home], ["send", { to: "+15005550009" }], { by: "home" }],
  ["a named condition and values, denied", [home], ["send", { to: "+15005550001" }], denied("home")],
  ["the action itself", [{ name: "a", actions: ["send", "call"], when: { action: "call" } }], ["call", {}], { by: "a" }],
  [
    "an array of arguments",
    [{ name: "a", actions: ["send"], when: { "args.to": { $not: { $elemMatch: { $ne: "x" } } } } }],
    ["send", { to: ["x", "y"] }],
    denied("a"),
  ],
  ["one of a list", [own], ["send", { to: ["+1555", "+4930"] }], { by: "own numbers" }],
  ["every one of a list, denied", [every], ["send", { to: ["+1555", "+4930"] }], denied("every")],
  ["every one of a list", [every], ["send", { to: ["+1555", "+1556"] }], { by: "every" }],
  ["every one of a text alone, denied", [every], ["send", { to: "+4930" }], denied("every")],
  [
    "__proto__ of the arguments",
    [{ name: "a", actions: ["send"], when: { "args.__proto__": { $exists: true } } }],
    ["send", {}],
    denied("a"),
  ],
];

test.each(ROWS)("%s", (_, guards, [action, args], verdict) => {
  const { guard, problems } = compile(guards);
  expect(problems.map(formatProblem)).toEqual([]);
  expect(guard?.permits(action, args)).toEqual(verdict);
});

test("a reason names guards, never an argument", () => {
  const verdict = compile([own]).guard?.permits("send", { to: "+4930999888" });
  expect(JSON.stringify(verdict)).not.toContain("999888");
});

const PROBLEMS: readonly (readonly [string, unknown, ...string[]])[] = [
  ["not a list", {}, "services/sms.json:3:12 GUARD_TYPE {} must be array."],
  ["no name", [{ actions: ["send"] }], "services/sms.json:4:3 GUARD_KEY_MISSING must have required property 'name': \"name\"."],
  [
    "an unknown action",
    [{ name: "a", actions: ["sent"] }],
    'services/sms.json:7:5 GUARD_ACTION_UNKNOWN There is no action "sent"; the actions are "send", "call".\n  Did you mean "send"?',
  ],
  [
    "the event is not in scope",
    [{ name: "a", actions: ["send"], when: { "after.to": 1 } }],
    'services/sms.json:10:5 RULE_PATH_UNKNOWN There is no "after" to read; a path begins with "args", "action", "values".',
  ],
  [
    "an unknown operator",
    [{ name: "a", actions: ["send"], when: { "args.to": { $regx: "x" } } }],
    'services/sms.json:11:6 RULE_OPERATOR_UNKNOWN There is no operator "$regx".\n  Did you mean "$regex"?',
  ],
  [
    "a change",
    [{ name: "a", actions: ["send"], when: { "args.to": { $changed: true } } }],
    'services/sms.json:11:6 RULE_OPERATOR_PLACE "$changed" works on a field of the row.\n  Write it under a path such as after.quantity.',
  ],
  [
    "an unknown condition",
    [{ name: "a", actions: ["send"], when: { $condition: "hom" } }],
    'services/sms.json:10:19 RULE_CONDITION_UNKNOWN There is no condition "hom": conditions/hom.json does not exist.\n  Did you mean "home"?',
  ],
];

test.each(PROBLEMS)("problem: %s", (_, guards, ...expected) => {
  const { guard, problems } = compile(guards);
  expect(problems.map(formatProblem)).toEqual(expected);
  expect(guard).toBeUndefined();
});
