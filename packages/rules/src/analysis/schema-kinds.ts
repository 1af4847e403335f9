import type { JsonSchema } from "@backstitch/core/connector";
import type { Kind } from "./solver/world.ts";

const OF_TYPE: Readonly<Record<string, Kind>> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "boolean",
  null: "null",
  array: "list",
  object: "row",
};

/** Whether the schema may take a value of the kind; true where it does not say. */
export function takes(schema: JsonSchema | undefined, kind: Kind): boolean {
  if (schema === undefined) return true;
  const { type, anyOf, oneOf, allOf = [] } = schema;
  const types = type === undefined ? [] : [type].flat();
  if (types.length > 0 && !types.some((one) => OF_TYPE[one] === kind)) return false;
  const branches = anyOf ?? oneOf;
  if (branches !== undefined && !branches.some((branch) => takes(branch, kind))) return false;
  return allOf.every((branch) => takes(branch, kind));
}
