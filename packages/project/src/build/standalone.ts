import type { JsonSchema } from "@backstitch/core/connector";
import { Ajv2020 } from "ajv/dist/2020.js";
import standaloneModule from "ajv/dist/standalone/index.js";
import { ajvOptions } from "../schema/ajv-options.ts";

/** What standalone code may call; the built module imports it. */
export const AJV_RUNTIME: readonly string[] = ["equal", "ucs2length"];

const REQUIRED = /require\("ajv\/dist\/runtime\/(\w+)"\)\.default/g;

/**
 * ajv's code for schemas, each a constant by its name, without an import of its own.
 * @throws RangeError where a schema needs more of ajv than {@link AJV_RUNTIME}.
 */
export function standaloneCode(schemas: ReadonlyMap<string, JsonSchema>): string {
  const ajv = new Ajv2020({ ...ajvOptions, code: { source: true, esm: true, lines: true } });
  for (const [name, schema] of schemas) ajv.addSchema(withoutDescriptions(schema) as JsonSchema, name);
  let code = standaloneModule.default(ajv, Object.fromEntries([...schemas.keys()].map((name) => [name, name])));
  code = code.replace(/^"use strict";/, "").replaceAll(REQUIRED, (_, name: string) => runtime(name));
  for (const name of schemas.keys()) code = code.replace(`export const ${name} = `, () => `const ${name} = `);
  return code.trim();
}

function runtime(name: string): string {
  if (AJV_RUNTIME.includes(name)) return name;
  throw new RangeError(`A schema needs "${name}" of ajv, which a built project does not have.`);
}

/** Values, of which nothing is a schema. */
const VALUES = new Set(["const", "enum", "default", "examples"]);

/** A validator looks at none of them, and its code would repeat them. */
function withoutDescriptions(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDescriptions);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(([name, value]) => name !== "description" || typeof value !== "string");
  return Object.fromEntries(kept.map(([name, value]) => [name, VALUES.has(name) ? (value as unknown) : withoutDescriptions(value)]));
}
