import { ROLE_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { collectionSchema } from "../../../packages/rules/src/roles/index.ts";
import { expressionDefs } from "./condition.ts";
import { head, type Json } from "./json.ts";

/** Conditions of these keys are over the document itself, whose fields have any name. */
const QUERIES = new Set(["query"]);

/** A file in `collections/`. */
export function collectionFileSchema(): Json {
  const { $defs, ...schema } = collectionSchema;
  return {
    ...head("collection", "Backstitch collection"),
    description: "Who may read and write which documents and fields of a table over HTTP.",
    ...(withExpressions(schema) as Json),
    $defs: { ...(withExpressions($defs) as Json), ...expressionDefs(ROLE_ROOTS) },
  };
}

/** What has a description alone stands for a condition. */
function withExpressions(schema: unknown, key = ""): unknown {
  if (Array.isArray(schema)) return schema;
  if (typeof schema !== "object" || schema === null) return schema;
  const names = Object.keys(schema);
  if (names.length === 1 && names[0] === "description" && !QUERIES.has(key)) return { ...schema, $ref: "#/$defs/expression" };
  return Object.fromEntries(Object.entries(schema).map(([name, item]) => [name, withExpressions(item, name)]));
}
