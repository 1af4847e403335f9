import { isList, isRow, type Value } from "@backstitch/core/values";
import type { LocatedPath } from "../../json/index.ts";
import { replaced, type Changes, type Siblings } from "./change.ts";
import { operandChanges, pathChanges } from "./operands.ts";
import { templateChanges } from "./template.ts";

/** Changes of what an action is given: of paths, templates, numbers and switches, not of words. */
export function* argumentChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (typeof value === "string") for (const { says, text } of templateChanges(value, siblings)) yield replaced(at, says, text);
  else if (isList(value)) for (const [index, item] of value.entries()) yield* argumentChanges(item, [...at, index], siblings);
  else if (isRow(value)) yield* rowChanges(value, at, siblings);
  else yield* operandChanges(value, at, siblings);
}

function* rowChanges(row: { readonly [name: string]: Value }, at: LocatedPath, siblings: Siblings): Changes {
  if (Object.hasOwn(row, "$literal")) return;
  for (const [name, item] of Object.entries(row)) {
    if (name === "$path" && typeof item === "string") yield* pathChanges(item, [...at, name], siblings);
    else yield* argumentChanges(item, [...at, name], siblings);
  }
}
