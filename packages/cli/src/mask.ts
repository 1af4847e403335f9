import type { JsonSchema } from "@backstitch/core/connector";
import { isList, isRow, type Value } from "@backstitch/core/values";

/** Hides whom a delivery goes to: what the action's schema marks `recipient` keeps its first and last characters only. */
export function maskRecipients(value: Value, schema: JsonSchema | undefined): Value {
  if (schema === undefined) return value;
  if (schema.recipient === true) return maskAll(value);
  if (isList(value)) return value.map((item) => maskRecipients(item, schema.items));
  const branches = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (branches.some((branch) => branch.recipient === true)) return maskAll(value);
  if (!isRow(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskRecipients(item, schema.properties?.[name])]));
}

function maskAll(value: Value): Value {
  if (typeof value === "string") return maskText(value);
  if (isList(value)) return value.map(maskAll);
  return isRow(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskAll(item)])) : "•••";
}

/** `+15005550009` → `+15•••09`, `ada@example.com` → `a•••@example.com`. */
function maskText(text: string): string {
  const at = text.lastIndexOf("@");
  if (at > 0) return `${text[0]}•••${text.slice(at)}`;
  return text.length < 7 ? "•••" : `${text.slice(0, 3)}•••${text.slice(-2)}`;
}
