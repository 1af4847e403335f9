import type { JsonSchema } from "../../../packages/core/src/connector/index.ts";
import { code } from "../markdown.ts";

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "number",
  integer: "whole number",
  boolean: "true or false",
  object: "object",
  array: "list",
  null: "null",
};

/** What may stand for a value: `text`, `"GET" or "POST"`, `text or list of text`. */
export function typeWords(schema: JsonSchema): string {
  if (schema.secret === true) return "secret";
  if (schema.enum !== undefined) return schema.enum.map((one) => code(JSON.stringify(one))).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeWords).join(" or ");
  if (schema.type === "array" && schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `object of ${typeWords(schema.additionalProperties)}`;
  return schema.type === undefined ? "any value" : (TYPES[schema.type] ?? schema.type);
}

/** The limits of a value: `1 to 1,600 characters`, `at most 10 of them; each at most 50 characters`. */
export function limitWords(schema: JsonSchema): string {
  const { anyOf = [], items, additionalProperties } = schema;
  const inside = items ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
  const each = inside === undefined ? "" : limitWords(inside);
  const own = [
    range([schema.minLength, schema.maxLength], "characters"),
    range([schema.minimum, schema.maximum]),
    range([schema.minItems, schema.maxItems], "of them"),
    range([schema.minProperties, schema.maxProperties], "fields"),
    schema.pattern === undefined ? "" : `of the form ${code(schema.pattern)}`,
    each === "" ? "" : `each ${each}`,
  ];
  const branches = anyOf.map((branch) => limitWords(branch));
  // A list of what may also stand alone says the same of each.
  const others = branches.filter((words, index) => !branches.some((other, at) => at !== index && other.endsWith(`each ${words}`)));
  return [...own, ...new Set(others)].filter((part) => part !== "").join("; ");
}

function range([from, to]: readonly [number | undefined, number | undefined], of = ""): string {
  if (from === 1 && to === undefined && of === "characters") return "not empty";
  const words =
    to === undefined
      ? from === undefined
        ? ""
        : `at least ${figures(from)}`
      : `${from === undefined ? "at most" : `${figures(from)} to`} ${figures(to)}`;
  return words === "" || of === "" ? words : `${words} ${of}`;
}

function figures(number: number): string {
  return number.toLocaleString("en-US");
}

/** The keywords of a schema and of all that describes the same value or its parts. */
export function anywhere(schema: JsonSchema, holds: (schema: JsonSchema) => boolean): boolean {
  const { anyOf = [], items, additionalProperties } = schema;
  const parts = [
    ...anyOf,
    ...(items === undefined ? [] : [items]),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : []),
  ];
  return holds(schema) || parts.some((part) => anywhere(part, holds));
}
