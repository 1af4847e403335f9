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
  return schema.type === undefined ? "any value" : (TYPES[schema.type] ?? schema.type);
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

/** Description, default and form, as one cell. */
export function aboutWords({ description, default: usual, pattern, maxLength }: JsonSchema): string {
  const parts = [
    description,
    usual === undefined ? undefined : `Default: ${code(JSON.stringify(usual))}.`,
    description === undefined && pattern !== undefined ? `Of the form ${code(pattern)}.` : undefined,
    description === undefined && maxLength !== undefined ? `At most ${maxLength.toLocaleString("en-US")} characters.` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(" ");
}
