/** What a schema with branches, lists and tables says of arguments: how texts land, and what is checked before there is an event. */
import type { JsonSchema, SchemaFault } from "@backstitch/core/connector";
import type { Matched } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import { describe, expect, test } from "vitest";
import { compileRules } from "../src/index.ts";
import { eventOf } from "./cases.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const html: JsonSchema = { type: "string", lands: "html" };

const args: JsonSchema = {
  type: "object",
  required: ["to"],
  properties: {
    to: { type: "string" },
    parts: { type: "array", items: { anyOf: [{ type: "null" }, html] } },
    lines: { type: "array", items: { type: "object", properties: { text: html } } },
    links: { type: "object", additionalProperties: { oneOf: [{ type: "string", lands: "url" }] } },
    size: {
      type: "object",
      maxProperties: 2,
      properties: { from: { type: "integer" }, to: { type: "integer" } },
    },
    steps: { type: "array", items: { type: "integer" } },
    plain: {},
  },
  allOf: [{ properties: { note: html } }],
};

/** What the action finds that its schema cannot say. */
const faults = ({ to, steps = [] }: { readonly to?: string; readonly steps?: readonly number[] }): readonly SchemaFault[] => [
  ...(to === "nobody" ? [{ path: ["to"], keyword: "format", message: '"to" is nobody.' }] : []),
  ...steps.flatMap((step, index) => (step < 0 ? [{ path: ["steps", index], keyword: "format", message: "A step goes back." }] : [])),
];

const services = new Map([["page", new Map([["draw", { args, faults, repeat: "repeats" as const }]])]]);

/** A rule with an entry for each of the arguments. */
function compile(...given: readonly Row[]): ReturnType<typeof compileRules> {
  const then = given.map((one, index) => ({ name: `n${index}`, service: "page", action: "draw", with: one }));
  const rule = { on: { source: "shop", collection: "orders" }, then };
  const rules = [{ path: "rules/r.json", text: JSON.stringify(rule) }];
  return compileRules({ ...surroundings, rules }, { ...catalogue, services });
}

function match(given: Row | readonly Row[], after: Row): Matched {
  const { ruleSet, problems } = compile(...[given].flat());
  if (ruleSet === undefined) throw new Error(JSON.stringify(problems));
  const matched = ruleSet.match([eventOf({ after })]);
  if (matched instanceof Promise) throw new Error("It waited.");
  return matched;
}

function rendered(given: Row, after: Row): unknown {
  const { deliveries, failures } = match(given, after);
  expect(failures).toEqual([]);
  return deliveries[0]?.args;
}

describe("how texts land", () => {
  test("in the items of a list that a path fills, by a branch of their schema", () => {
    const given = { to: "t", parts: { $path: "after.list" } };
    expect(rendered(given, { list: ["<b>", null, "&"] })).toEqual({ to: "t", parts: ["&lt;b&gt;", null, "&amp;"] });
  });
  test("in the rows of a list that a path fills", () => {
    const given = { to: "t", lines: { $path: "after.list" } };
    expect(rendered(given, { list: [{ text: "<b>", other: "<b>" }] })).toEqual({ to: "t", lines: [{ text: "&lt;b&gt;", other: "<b>" }] });
  });
  test("in a template among constants, by a branch of their schema", () => {
    expect(rendered({ to: "t", parts: ["<i>", "{{ after.x }}"] }, { x: "<b>" })).toEqual({ to: "t", parts: ["<i>", "&lt;b&gt;"] });
  });
  test("under names that the schema does not list", () => {
    const links = { a: "https://x.test/?q={{ after.x }}", b: { $path: "after.x" } };
    expect(rendered({ to: "t", links }, { x: "a b&" })).toEqual({ to: "t", links: { a: "https://x.test/?q=a%20b%26", b: "a%20b%26" } });
  });
  test("where only a branch of the whole names it", () => {
    expect(rendered({ to: "t", note: "{{ after.x }}" }, { x: "<" })).toEqual({ to: "t", note: "&lt;" });
  });
  test("as they are, where the schema says nothing of them", () => {
    const given = { to: "t", plain: { $path: "after.x" }, other: { deep: { $path: "after.x" } } };
    expect(rendered(given, { x: ["<"] })).toEqual({ to: "t", plain: ["<"], other: { deep: ["<"] } });
  });
  test("the same value escaped in one argument and not in another", () => {
    const given = { to: { $path: "after.x" }, note: { $path: "after.x" }, plain: { $path: "after.x" } };
    expect(rendered(given, { x: "<" })).toEqual({ to: "<", note: "&lt;", plain: "<" });
  });
});

describe("a fault names the argument that it is of", () => {
  test("where several read the same path", () => {
    const { failures } = match(
      ["one", "two"].map((name) => ({ to: "t", [name]: { $path: "after.x" } })),
      {},
    );
    expect(failures.map(({ reason }) => reason)).toEqual(['Argument "one": after.x is missing.', 'Argument "two": after.x is missing.']);
  });
  test("and the first of them, as they are written", () => {
    const given = { plain: { $path: "after.x" }, to: { $path: "after.y" } };
    expect(match(given, {}).failures[0]?.reason).toContain('"plain"');
  });
});

describe("what is checked before there is an event", () => {
  const codes = (given: Row): readonly string[] => compile(given).problems.map(({ code }) => code);
  test("a constant beside what an event decides", () => {
    expect(codes({ to: "t", size: { from: "x", to: { $path: "after.n" } } })).toEqual(["RULE_ARGUMENT_TYPE"]);
    expect(codes({ to: "t", size: { from: 1, to: { $path: "after.n" } } })).toEqual([]);
    expect(codes({ to: "t", steps: [{ $path: "after.n" }, "x"] })).toEqual(["RULE_ARGUMENT_TYPE"]);
    expect(codes({ to: "t", steps: ["{{ after.n }}", 1] })).toEqual([]);
  });
  test("the kind of what holds something that an event decides", () => {
    expect(codes({ to: "t", steps: { a: { $path: "after.n" } } })).toEqual(["RULE_ARGUMENT_TYPE"]);
    expect(codes({ size: { from: { $path: "after.n" } } })).toEqual(["RULE_ARGUMENT_KEY_MISSING"]);
  });
  test("not how many it holds: that is the action's to say of the whole", () => {
    expect(codes({ to: "t", size: { a: 1, b: 2, c: { $path: "after.n" } } })).toEqual([]);
    expect(codes({ to: "t", size: { a: 1, b: 2, c: 3 } })).toEqual(["RULE_ARGUMENT_VALUE_INVALID"]);
  });
  test("what only the action knows, of arguments that are known whole", () => {
    const { problems } = compile({ to: "nobody", steps: [1, -1], plain: { $path: "after.n" } });
    expect(problems).toMatchObject([
      { code: "RULE_ARGUMENT_VALUE_INVALID", message: '"to" is nobody.', place: { file: "rules/r.json" } },
      { code: "RULE_ARGUMENT_VALUE_INVALID", message: "A step goes back." },
    ]);
    expect(codes({ to: { $literal: "nobody" } })).toEqual(["RULE_ARGUMENT_VALUE_INVALID"]);
    expect(codes({ to: "nobody{{ after.n }}", steps: [{ $path: "after.n" }, -1] })).toEqual([]);
  });
  test("and that of no argument which the schema refuses", () => {
    expect(codes({ to: "nobody", steps: [1, "x"] })).toEqual(["RULE_ARGUMENT_TYPE"]);
  });
  test("what is given to be taken as it is, wherever it stands", () => {
    expect(codes({ to: "t", steps: [1, { $literal: "x" }] })).toEqual(["RULE_ARGUMENT_TYPE"]);
    expect(codes({ to: "t", steps: [{ $literal: 1 }, 2] })).toEqual([]);
    expect(codes({ to: "t", size: { from: { $literal: 1 } } })).toEqual([]);
    expect(codes({ to: { $literal: { $path: "after.x" } } })).toEqual(["RULE_ARGUMENT_TYPE"]);
  });
  test("a text that an event decides is taken for one where a text is wanted, and only there", () => {
    expect(codes({ to: "{{ after.x }}", steps: "{{ after.x }}" })).toEqual([]);
    expect(codes({ to: "{{ after.x }}", plain: { $path: "after.x" } })).toEqual([]);
  });
});

describe("texts that UTF-8 cannot hold", () => {
  test("are mended wherever they lie, and nothing else is touched", () => {
    const given = { to: "t", plain: { $path: "after.x" } };
    const x = { ok: "é", list: ["ok", "a\uD800", { "n\uDC00": 1 }], deep: { text: "b\uD800", number: 5, nothing: null } };
    expect(rendered(given, { x })).toEqual({
      to: "t",
      plain: { ok: "é", list: ["ok", "a\uFFFD", { "n\uFFFD": 1 }], deep: { text: "b\uFFFD", number: 5, nothing: null } },
    });
  });
});
