import type { JsonSchema } from "@backstitch/core/connector";
import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { childSchema } from "../arguments/schema-walk.ts";
import { step } from "../facts/read.ts";
import { parsePath } from "../path/parse-path.ts";
import { rowOf } from "./describe.ts";
import type { Study } from "./study.ts";
import type { WrittenEntry } from "./written.ts";

type Around = Pick<Study, "templates" | "values">;

/** What every delivery of an entry has among its arguments, and as much: what an event adds, or may not, is left out. */
export function fixedArguments({ args, schema }: WrittenEntry, around: Around): Row {
  return rowOf(fixed(args, schema, around) ?? null);
}

function fixed(value: Value, schema: JsonSchema | undefined, around: Around): Value | undefined {
  if (typeof value === "string") return fixedText(value);
  if (Array.isArray(value))
    return (value as readonly Value[]).flatMap((item, index) => fixed(item, childSchema(schema, index), around) ?? []);
  if (!isRow(value)) return value;
  const { $literal, $path, $template } = value;
  if ($literal !== undefined) return $literal;
  // What is not of the type that the action takes is not delivered.
  if (typeof $path === "string") return constantAt($path, around) ?? (schema?.type === "string" ? "" : undefined);
  if (typeof $template === "string") return fixedText((around.templates.get($template) ?? "").trimEnd());
  return rowFrom(
    Object.entries(value).flatMap(([name, item]) => {
      const part = fixed(item, childSchema(schema, name), around);
      return part === undefined ? [] : [[name, part] as const];
    }),
  );
}

/** Of what paths read, only the files of `values/` are known. */
function constantAt(text: string, { values }: Around): Value | undefined {
  const [root, ...segments] = parsePath(text) ?? [];
  return root === "values" ? segments.reduce<Value | undefined>(step, values) : undefined;
}

/** What is printed, and the space that `{{-` takes away around it. */
const PRINTS = /(?:\s*\{\{-|\{\{)(?:[^{}"']|"[^"\\]*"|'[^'\\]*')*?(?:-\}\}\s*|\}\})/g;

/** The text around what a template prints. Of one with tags nothing is known, nor where what is printed is not seen to end. */
function fixedText(text: string): string {
  if (text.includes("{%")) return "";
  const rest = text.replace(PRINTS, "");
  return rest.includes("{{") || (rest !== text && rest.includes("}}")) ? "" : rest;
}
