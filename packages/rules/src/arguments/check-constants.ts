import type { JsonSchema, SchemaFault, Validate } from "@backstitch/core/connector";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { schemaProblems, type LocatedPath } from "../json/index.ts";
import type { ArgumentContext } from "./lowering.ts";

/** What says which arguments an action takes. */
interface Taking {
  readonly args: JsonSchema;
  readonly faults?: ((args: never) => readonly SchemaFault[]) | undefined;
  readonly validate: Validate;
}

/** Checks by the action's schema, and then by the action, what is known now; what an event decides is left to the attempt. */
export function checkConstants(
  context: ArgumentContext,
  written: { readonly value: Value; readonly at: LocatedPath },
  { args, faults: byAction, validate }: Taking,
): void {
  const given = unwrapped(written.value);
  const bySchema = validate(args)(withTexts(given, context.dynamic, args)).filter((fault) => !concernsDynamic(fault, context.dynamic));
  const faults = bySchema.length > 0 || !isRow(given) ? bySchema : (byAction?.(wholeOnes(given, context.dynamic) as never) ?? []);
  context.report.add(...schemaProblems(context.located, faults, { code: "RULE_ARGUMENT", at: written.at }));
}

/** Those of the arguments that are known whole. */
function wholeOnes(given: Row, dynamic: readonly LocatedPath[]): Row {
  if (dynamic.some((path) => path.length === 0)) return {};
  const partly = new Set(dynamic.map(([name]) => name));
  return rowFrom(Object.entries(given).filter(([name]) => !partly.has(name)));
}

/** What is known of something before the values within it are. */
const SHAPE: ReadonlySet<string> = new Set(["required", "additionalProperties", "dependentSchemas", "type"]);

/** A fault in something dynamic, or about the shape of what something dynamic is part of. */
function concernsDynamic({ path, keyword }: SchemaFault, dynamic: readonly LocatedPath[]): boolean {
  if (dynamic.some((place) => startsWith(path, place))) return true;
  return !SHAPE.has(keyword) && dynamic.some((place) => startsWith(place, path));
}

function startsWith(path: LocatedPath, beginning: LocatedPath): boolean {
  return beginning.every((segment, index) => path[index] === segment);
}

/** A text stands for what is dynamic where a text is wanted: most is, and no fault need be looked for and then be left out. */
function withTexts(value: Value, dynamic: readonly LocatedPath[], schema: JsonSchema): Value {
  const { properties = {}, anyOf, oneOf, allOf, not, $ref } = schema;
  if (!isRow(value) || dynamic.length === 0 || (anyOf ?? oneOf ?? allOf ?? not ?? $ref) !== undefined) return value;
  const isText = (name: string): boolean =>
    Object.hasOwn(properties, name) && properties[name]?.type === "string" && dynamic.some((path) => path.length === 1 && path[0] === name);
  return rowFrom(Object.entries(value).map(([name, item]) => [name, isText(name) ? "" : item] as const));
}

/** The arguments as far as they are known, `$literal` taken off. */
export function unwrapped(value: Value): Value {
  if (!wraps(value)) return value;
  if (Array.isArray(value)) return value.map(unwrapped);
  if (!isRow(value)) return value;
  if (Object.hasOwn(value, "$literal")) return value["$literal"] ?? null;
  return rowFrom(Object.entries(value).map(([name, item]) => [name, unwrapped(item)] as const));
}

function wraps(value: Value): boolean {
  if (Array.isArray(value)) return (value as readonly Value[]).some(wraps);
  return isRow(value) && (Object.hasOwn(value, "$literal") || Object.keys(value).some((name) => wraps(value[name] ?? null)));
}
