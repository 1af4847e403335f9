import type { JsonSchema } from "@backstitch/core/connector";
import { Decimal } from "@backstitch/core/values";
import { describe, expect, it } from "vitest";
import { validate, validateRendered } from "@backstitch/project";

const person: JsonSchema = { type: "string", recipient: true, pattern: "^\\+" };
const to: JsonSchema = { type: "object", properties: { to: { anyOf: [person, { type: "array", items: person, minItems: 1 }] } } };
const linked: JsonSchema = {
  type: "object",
  $defs: {
    node: { type: "object", properties: { name: { type: "string" }, next: { $ref: "#/$defs/node" } }, additionalProperties: false },
  },
  properties: { first: { $ref: "#/$defs/node" } },
};

/** What is inside a recipient is as private as the recipient. */
const within: JsonSchema = {
  type: "object",
  properties: { to: { type: "object", recipient: true, properties: { name: { const: "x" } }, additionalProperties: false } },
};

const rows: readonly (readonly [schema: JsonSchema, value: unknown, messages: readonly string[]])[] = [
  [{ type: "integer", minimum: 1, maximum: 100 }, 500, ["The value is 500; it must be from 1 to 100."]],
  [{ type: "number", minimum: 1 }, 0, ["The value is 0; it must be at least 1."]],
  [{ type: "number", exclusiveMinimum: 0 }, 0, ["The value is 0; it must be more than 0."]],
  [{ type: "number", exclusiveMinimum: 0, maximum: 5 }, 9, ["The value is 9; it must be more than 0 and at most 5."]],
  [{ type: "integer" }, 1.5, ["The value is 1.5; it must be a whole number."]],
  [{ type: "string" }, 12n, ["The value is 12; it must be text."]],
  [{ type: "string" }, Decimal.parse("12.50"), ["The value is 12.50; it must be text."]],
  [{ type: "string" }, { secret: "x" }, ["The value is an object; it must be text."]],
  [{ type: "boolean" }, "yes", ['The value is "yes"; it must be true or false.']],
  [{ type: "string", minLength: 1 }, "", ["The value is empty."]],
  [{ type: "string", maxLength: 2 }, "😀😀😀", ["The value has 3 characters; it must have at most 2."]],
  [{ type: "array", minItems: 1 }, [], ["The value has no items; it must have at least 1."]],
  [{ type: "object", minProperties: 2 }, { a: 1 }, ["The value has 1 key; it must have at least 2."]],
  [{ enum: ["a", 1, null] }, "b", ['The value is "b"; it must be "a", 1 or null.']],
  [{ const: "a" }, "b", ['The value is "b"; it must be "a".']],
  [{ type: "array", items: { type: "string" } }, ["a", 1, 2], ["Item [1] is 1; it must be text.", "Item [2] is 2; it must be text."]],
  [{ type: "object", required: ["constructor", "b"] }, {}, ['"constructor" is missing.', '"b" is missing.']],
  [{ type: "object", anyOf: [{ required: ["a"] }, { required: ["b", "c"] }] }, {}, ['The value needs "a" or "b" and "c".']],
  [{ type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] }, { a: 1, b: 2 }, ['The value can have only one of "a" and "b".']],
  [{ type: "object", not: { required: ["a", "b"] } }, { a: 1, b: 2 }, ['The value can have only one of "a" and "b".']],
  [to, { to: "0555-canary" }, ['"to" must be text of the form ^\\+.']],
  [to, { to: ["+1", "0555-canary"] }, ['"to[1]" must be text of the form ^\\+.']],
  [to, { to: [] }, ['"to" has no items; it must have at least 1.']],
  [to, { to: 5_550_000 }, ['"to" must be text or a list.']],
  [within, { to: { name: "canary" } }, ['"name" must be "x".']],
  [within, { to: { canary: 1 } }, ['"to" has a key that is not known.']],
  [linked, { first: { next: { next: { name: 5 } } } }, ['"name" is 5; it must be text.']],
  [linked, { first: { nmae: "x" } }, ['There is no key "nmae".']],
  [
    { type: "object", additionalProperties: { type: "number" } },
    JSON.parse('{"__proto__": "x"}'),
    ['"__proto__" is "x"; it must be a number.'],
  ],
  [{ not: { type: "string" } }, "a", ['The value is "a"; it must be something else.']],
  [{ oneOf: [{ type: "number" }, { type: "integer" }] }, 1, ["The value fits more than one of its forms; it must fit exactly one."]],
  [
    { type: "string", maxLength: 5, pattern: "^a" },
    "b".repeat(90),
    ["The value has 90 characters; it must have at most 5.", `The value is "${"b".repeat(60)}…"; it must be text of the form ^a.`],
  ],
];

describe("validate", () => {
  it.each(rows.map(([schema, value, messages]) => ({ schema, value, messages })))("$messages", ({ schema, value, messages }) => {
    expect(validate(schema)(value).map(({ message }) => message)).toEqual(messages);
  });

  it("names the place, the property and what is allowed", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: { with: { type: "object", properties: { to: {} }, additionalProperties: false } },
    };
    expect(validate(schema)({ with: { too: 1 } })).toEqual([
      { path: ["with"], keyword: "additionalProperties", property: "too", allowed: ["to"], message: 'There is no key "too".' },
    ]);
  });

  it.each<[JsonSchema, unknown, string]>([
    [{ properties: { a: { enum: ["x"] } } }, { a: "ada" }, '"a" must be "x".'],
    [{ properties: { a: { type: "number" } } }, { a: "ada" }, '"a" must be a number.'],
    [{ properties: { a: { type: "string", pattern: "^x" } } }, { a: "ada" }, '"a" must be text of the form ^x.'],
    [{ properties: { a: {} }, additionalProperties: false }, { ada: 1 }, "The value has a key that is not known."],
    [{ properties: { a: { anyOf: [{ type: "number" }, { const: "x" }] } } }, { a: "ada" }, '"a" must be a number or "x".'],
  ])("quotes nothing of what was rendered: %j", (schema, value, message) => {
    expect(validateRendered(schema)(value).map((fault) => fault.message)).toEqual([message]);
  });

  it("says nothing where nothing is wrong, and compiles a schema once", () => {
    expect(validate(to)({ to: "+1" })).toEqual([]);
    expect(validate(to)).toBe(validate(to));
  });

  it.each([[{ typ: "string" }], [{ $ref: "#/$defs/none" }], [{ type: "text" }], [{ type: "string", recipient: "yes" }]])(
    "refuses the schema %j",
    (schema) => {
      expect(() => validate(schema as unknown as JsonSchema)).toThrow(Error);
    },
  );
});
