import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { isEngineDialect } from "../../condition/lower.ts";
import type { LocatedPath } from "../../json/index.ts";
import { dropped, type Changes, type Siblings } from "./change.ts";
import { engineChanges } from "./engine.ts";
import { expressionChanges } from "./expression.ts";
import { pathChanges } from "./operands.ts";

/** Every small change of a rule that its tests should notice, in the order of the file's parts. */
export function* ruleChanges({ on, when = null, then }: Row, siblings: Siblings): Changes {
  const operations = isRow(on) ? on["operations"] : undefined;
  if (isList(operations)) yield* dropped(operations, ["on", "operations"]);
  yield* conditionChanges(when, ["when"], siblings);
  if (!isList(then)) return;
  yield* dropped(then, ["then"]);
  for (const [index, entry] of then.entries()) {
    if (!isRow(entry)) continue;
    yield* conditionChanges(entry["when"] ?? null, ["then", index, "when"], siblings);
    yield* argumentChanges(entry["with"] ?? null, ["then", index, "with"], siblings);
  }
}

function conditionChanges(when: Value, at: LocatedPath, siblings: Siblings): Changes {
  return (isEngineDialect(when) ? engineChanges : expressionChanges)(when, at, siblings);
}

function* argumentChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (isList(value)) for (const [index, item] of value.entries()) yield* argumentChanges(item, [...at, index], siblings);
  if (!isRow(value) || Object.hasOwn(value, "$literal")) return;
  for (const [name, item] of Object.entries(value)) {
    if (name === "$path" && typeof item === "string") yield* pathChanges(item, [...at, name], siblings);
    else yield* argumentChanges(item, [...at, name], siblings);
  }
}
