import type { JsonSchema } from "../../../packages/core/src/connector/index.ts";
import type { Json } from "./json.ts";

function reference(key: string, description: string): Json {
  const name = { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$" };
  return { type: "object", description, additionalProperties: false, required: [key], properties: { [key]: name } };
}

/** What {@link writable} refers to. */
export const referenceDefs: Json = {
  env: reference("$env", "A variable of the environment or of .env."),
  secret: reference("$secret", "A secret, by the name of a variable of the environment or of .env."),
};

/** A configuration's schema as a file may spell it: `$env` wherever a value stands, `$secret` alone where a secret does. */
export function writable(declared: JsonSchema): Json {
  const { description, default: usual, recipient: _, addressee: ___, lands: __, secret, ...schema } = declared;
  const said = { ...(description === undefined ? {} : { description }), ...(usual === undefined ? {} : { default: usual }) };
  if (secret === true) return { ...said, $ref: "#/$defs/secret" };
  if (schema.type === "object" || schema.type === "array") return { ...said, ...inside(schema) };
  const forms = schema.anyOf?.map(writable) ?? [schema];
  return { ...said, anyOf: [...forms, { $ref: "#/$defs/env" }] };
}

function inside({ properties, additionalProperties, items, ...schema }: JsonSchema): Json {
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: mapValues(properties, writable) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: typeof additionalProperties === "object" ? writable(additionalProperties) : additionalProperties }),
    ...(items === undefined ? {} : { items: writable(items) }),
  };
}

function mapValues(from: { readonly [name: string]: JsonSchema }, change: (schema: JsonSchema) => Json): Json {
  return Object.fromEntries(Object.entries(from).map(([name, schema]) => [name, change(schema)]));
}
