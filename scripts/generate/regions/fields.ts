import type { JsonSchema } from "../../../packages/core/src/connector/index.ts";
import { code, table } from "../markdown.ts";
import { limitWords, typeWords } from "./schema-words.ts";

/** One field that a schema has, or one within another: `append.maxRecords`, `attachments[].filename`. */
interface Field {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** A further column. */
interface Column {
  readonly head: string;
  words(schema: JsonSchema): string;
}

/** Every field of a schema: what it is, whether it is needed, its default, its limits and what is said of it. @throws Error where nothing is said of one */
export function fieldTable(name: string, schema: JsonSchema, columns: readonly Column[] = []): string {
  const rows = fieldsOf(schema, "").map(({ path, schema: field, isRequired }) => [
    code(path),
    typeWords(field),
    isRequired ? "yes" : "",
    field.default === undefined ? "" : code(JSON.stringify(field.default)),
    limitWords(field),
    ...columns.map(({ words }) => words(field)),
    described(path, field),
  ]);
  return table([name, "is", "needed", "default", "limits", ...columns.map(({ head }) => head), ""], rows);
}

function fieldsOf(schema: JsonSchema, within: string): readonly Field[] {
  const { properties = {}, required = [] } = schema;
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${within}${name}`;
    return [
      { path, schema: field, isRequired: required.includes(name) },
      ...fieldsOf(field, `${path}.`),
      ...(field.items === undefined ? [] : fieldsOf(field.items, `${path}[].`)),
    ];
  });
}

function described(path: string, { description }: JsonSchema): string {
  if (description === undefined) throw new Error(`"${path}" has no description in its schema.`);
  return description;
}
