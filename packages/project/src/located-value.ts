import { valueAt, type Located } from "@backstitch/rules/json";
import type { Path } from "./schema/schema-at.ts";

/** Names and values of the object at a path; none where there is no object. */
export function entriesAt(located: Located, path: Path): readonly (readonly [name: string, value: unknown])[] {
  const value = valueAt(located, path);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

/** The text at a path; undefined where there is none. */
export function textAt(located: Located, path: Path): string | undefined {
  const value = valueAt(located, path);
  return typeof value === "string" ? value : undefined;
}
