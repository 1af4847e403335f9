import { expect, test } from "vitest";
import { compileRules } from "../src/index.ts";
import { catalogue } from "./catalogue.ts";
import { analysed } from "./corpus.ts";

function messagesOf(when: unknown, operations?: readonly string[]): readonly string[] {
  const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];
  const on = { source: "shop", collection: "orders", ...(operations && { operations }) };
  return analysed({ "rules/case.json": { on, when, then } }).map(({ message }) => message);
}

const ofA = (operator: string, value: unknown): object => ({ fact: "after", path: "$.a", operator, value });

test.each([
  ["notEqual", { all: [ofA("equal", 1), ofA("notEqual", 1)] }, '"after.a equal 1" at 1:79 excludes "after.a notEqual 1"'],
  ["notIn", { all: [ofA("equal", 1), ofA("notIn", [1, 2])] }, '"after.a equal 1" at 1:79 excludes "after.a notIn [1,2]"'],
  ["not:equal", { all: [ofA("equal", 1), ofA("not:equal", 1)] }, '"after.a equal 1" at 1:79 excludes "after.a not:equal 1"'],
  [
    "a negated notEqual",
    { all: [{ not: ofA("notEqual", 1) }, ofA("equal", 2)] },
    '"not after.a notEqual 1" at 1:79 excludes "after.a equal 2"',
  ],
  ["$changed", { "after.a": { $changed: false, $changedTo: 5 } }, '"after.a $changed false" at 1:79 excludes "after.a $changedTo 5"'],
])("a test that is negated by its own name is quoted as it is written: %s", (_, when, says) => {
  const at = /\d+:\d+/g;
  expect(
    messagesOf(when)
      .map((message) => message.replaceAll(at, "?"))
      .join("\n"),
  ).toContain(says.replaceAll(at, "?"));
});

test.each([
  ["NaN", { $numberDouble: "NaN" }, "NaN"],
  ["an infinity", { $numberDouble: "-Infinity" }, "-Infinity"],
  ["a large whole number", { $numberLong: "9007199254740993" }, "9007199254740993"],
  ["a decimal, zeros at its end too", { $numberDecimal: "12.50" }, "12.50"],
  ["what is in a list or an object", { x: [{ $numberDecimal: "1.0" }, { $numberDouble: "NaN" }, null, "a"] }, '{"x":[1.0,NaN,null,"a"]}'],
])("a value is quoted as the value that it is: %s", (_, value, says) => {
  expect(messagesOf({ "after.a": { $changedFrom: value, $changedTo: value } })).toContain(`"a" cannot change from ${says} to ${says}.`);
});

test("a moment is quoted as a date, in UTC", () => {
  const [message] = messagesOf({ "before.a": { $gt: { $date: "2026-05-06T09:08:09.5+02:00" } } }, ["insert"]);
  expect(message).toContain(`"before.a $gt {'$date':'2026-05-06T07:08:09.500000Z'}" is never true`);
});

test("what is twice in a list is quoted with its digits", () => {
  const large = { $numberLong: "9007199254740993" };
  expect(messagesOf({ "after.a": { $in: [large, 5, large] } })).toEqual(["9007199254740993 is in the list already."]);
});

test("what json-rules-engine takes for no number is called NaN, not null", () => {
  expect(messagesOf({ all: [ofA("lessThan", { a: 1 }), ofA("equal", 1)] })).toContain(
    '{"a":1} is no number: json-rules-engine takes it for NaN.',
  );
});

test.each(["ok$\\s{0,2}", "x{0,2}^y", "ok$\\p{L}*", "\\Q^\\E", "a\\Q^\\E", "a\\Q$\\Eb"])(
  "a pattern that may be found is not called one that never is: %s",
  (pattern) => {
    expect(messagesOf({ "after.a": { $regex: pattern } })).toEqual([]);
  },
);

test.each([
  [".*open", '".*" at the beginning'],
  ["^.*open", '"^.*" at the beginning'],
  ["^.*$", '"^.*" at the beginning'],
  ["open.*", '".*" at the end'],
  ["^open.*?$", '".*?$" at the end'],
])("what is pointless in a pattern is named with its anchor, without which it would not be: %s", (pattern, part) => {
  expect(messagesOf({ "after.a": { $regex: pattern } })[0]).toMatch(new RegExp(`^${part.replaceAll(/[$^.*?]/g, "\\$&")}`));
});

test("lists of thousands of numbers are passed over, and nothing is said of what was not looked at", () => {
  const ids = Array.from({ length: 4_000 }, (_, index) => index * 7);
  expect(messagesOf({ "after.a": { $nin: ids }, "after.b": { $elemMatch: { $in: ids } }, "after.c": { $in: ids, $gt: 5 } })).toEqual([]);
});

test("what is said of guards speaks of calls and arguments", () => {
  const [to, subject] = [{ "args.to": { $nin: [] } }, { "args.subject": { $gte: 100 } }];
  const guards = [
    { name: "all", actions: ["send"], when: to },
    { name: "typed", actions: ["send"], when: { ...subject, "args.tu": "x" } },
    { name: "again", actions: ["send"], when: { $condition: "any" } },
  ];
  const files = { "services/mail.json": { connector: "ses", guards }, "conditions/any.json": to };
  expect(analysed(files).map(({ message, remedy }) => [message, remedy])).toEqual([
    ['"not args.to $in []" is true of every call.', 'A guard that permits everything has no "when".'],
    ['"not args.to $in []" is true of every call.', 'A guard that permits everything has no "when".'],
    [
      '"args.subject $gte 100" is never true: the argument holds values of another type.',
      "Compare it with a value of the argument's type.",
    ],
    ['"send" has no argument "tu".', 'Did you mean "to"?'],
    ['Guard "all" permits the same.', "Remove one of them."],
  ]);
});

test("arguments that are written in the rule are held against the guards, what an event decides is left out", () => {
  const mail = (guards: readonly object[], ...then: readonly object[]): readonly (readonly [string, string])[] =>
    analysed({
      "services/mail.json": { connector: "ses", guards },
      "rules/case.json": {
        on: { source: "shop", collection: "orders" },
        then: then.map((args, index) => ({ name: `n${index}`, service: "mail", action: "send", with: { html: "h", ...args } })),
      },
    }).map(({ code, message }) => [code, message] as const);
  const denied = (what: string): readonly [string, string] => {
    return ["RULE_ACTION_DENIED", `No guard of "mail" permits "send" with ${what}: every delivery is rejected.`];
  };
  const home = { name: "home", actions: ["send"], when: { "args.to": { $regex: "@ours[.]test$" } } };
  const words = { name: "words", actions: ["send"], when: { "args.subject": "hello", "args.priority": "low" } };
  const path = { $path: "after.address" };
  expect(mail([home], { to: "a@ours.test", subject: "s" }, { to: path, subject: "s" }, { to: "{{ after.a }}", subject: "s" })).toEqual([]);
  expect(mail([home], { to: "a@theirs.test", subject: "{{ after.x }}" })).toEqual([denied('this "to"')]);
  expect(mail([home, words], { to: "a@theirs.test", subject: path, priority: path })).toEqual([]);
  expect(mail([home, words], { to: "a@theirs.test", subject: "hello", priority: "low" })).toEqual([]);
  expect(mail([home, words], { to: "a@theirs.test", subject: { $literal: "hi" }, priority: path })).toEqual([denied("these arguments")]);
  expect(mail([words], { to: path, subject: path })).toEqual([denied("these arguments")]);
  const hosts = { name: "hosts", actions: ["send"], when: { "args.html.host": "a.test" } };
  expect(mail([hosts], { to: path, subject: "s", html: "https://a.test/x" })).toEqual([]);
  expect(mail([hosts], { to: path, subject: "s", html: "https://b.test/x" })).toEqual([denied('this "html"')]);
});

test("of a few hundred values all is said, of more nothing", () => {
  const data = { columns: { shop: { orders: { total: "number" as const } } } };
  const then = [{ service: "sms", action: "send", with: { to: "t", body: "b" } }];
  const rule = (count: number): object => ({
    on: { source: "shop", collection: "orders" },
    when: { "after.total": { $in: Array.from({ length: count }, (_, index) => index), $gt: count } },
    then,
  });
  const codes = (files: Readonly<Record<string, unknown>>): readonly string[] => analysed(files, data).map(({ code }) => code);
  expect(codes({ "rules/case.json": rule(300) })).toEqual(["CONDITION_CONTRADICTION"]);
  expect(codes({ "rules/case.json": rule(401) })).toEqual([]);
  const inserts = { on: { source: "shop", collection: "orders", operations: ["insert"] }, then, when: { "after.total": { $gt: 1 } } };
  expect(codes({ "rules/a.json": rule(401), "rules/b.json": inserts })).toEqual([]);
});

test("of a source that sends nothing that the rule looks at, no condition is said to be wrong", () => {
  const on = { source: "shop", collection: "orders", operations: ["delete"] };
  const many = { "after.a": { $in: Array.from({ length: 401 }, (_, index) => index) } };
  const then = [{ service: "sms", action: "send", with: { to: "t", body: "{{ after.a }}" } }];
  for (const when of [many, { "after.a": { $in: [] } }, true]) {
    const found = analysed({ "rules/case.json": { on, when, then } }, { sources: { shop: { operations: ["insert"], before: true } } });
    expect(found.map(({ code }) => code)).toEqual(["RULE_OPERATION_NEVER_SENT"]);
  }
});

test("a project is looked at without a word on its services, sources and data", () => {
  const rule = {
    on: { source: "shop", collection: "orders" },
    when: { "after.a": { $in: [] } },
    then: [{ service: "sms", action: "send", with: { to: "t", body: "b" } }],
  };
  const files = { rules: [{ path: "rules/a.json", text: JSON.stringify(rule) }], conditions: [], templates: [], values: [] };
  const { problems } = compileRules(files, { ...catalogue, analysis: {} });
  expect(problems.map(({ code }) => code)).toEqual(["CONDITION_NEVER_TRUE"]);
});
