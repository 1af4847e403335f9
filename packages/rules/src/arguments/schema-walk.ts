import type { JsonSchema, Lands } from "@backstitch/core/connector";

/** The schema of a property or an array's items; undefined where the schema does not say. */
export function childSchema(schema: JsonSchema | undefined, key: string | number): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  const own = typeof key === "number" ? schema.items : Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
  if (own !== undefined) return own;
  for (const branch of branchesOf(schema)) {
    const found = childSchema(branch, key);
    if (found !== undefined) return found;
  }
  return typeof key === "string" && typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** How a text that the schema describes is escaped. */
export function landsOf(schema: JsonSchema | undefined): Lands {
  return schema === undefined ? "text" : (findLands(schema) ?? "text");
}

function findLands(schema: JsonSchema): Lands | undefined {
  if (schema.lands !== undefined) return schema.lands;
  for (const branch of branchesOf(schema)) {
    const lands = findLands(branch);
    if (lands !== undefined) return lands;
  }
  return undefined;
}

function branchesOf({ anyOf = [], oneOf = [], allOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...anyOf, ...oneOf, ...allOf];
}

/** Whether anything in what the schema describes is escaped at all. */
export function hasLanding(schema: JsonSchema | undefined): boolean {
  if (schema === undefined) return false;
  if (schema.lands !== undefined && schema.lands !== "text") return true;
  const { properties = {}, items, additionalProperties } = schema;
  const parts = [...Object.values(properties), ...branchesOf(schema)];
  if (items !== undefined) parts.push(items);
  if (typeof additionalProperties === "object") parts.push(additionalProperties);
  return parts.some(hasLanding);
}
