import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { parseLibraryPath } from "../../condition/library/path.ts";
import type { LocatedPath } from "../../json/index.ts";
import { dropped, renamed, replaced, withoutNot, type Changes, type Siblings } from "./change.ts";
import { operandChanges } from "./operands.ts";

/** What each operator of json-rules-engine is mistaken for. */
const INSTEAD: Readonly<Record<string, string>> = {
  equal: "notEqual",
  notEqual: "equal",
  in: "notIn",
  notIn: "in",
  contains: "doesNotContain",
  doesNotContain: "contains",
  lessThan: "lessThanInclusive",
  lessThanInclusive: "lessThan",
  greaterThan: "greaterThanInclusive",
  greaterThanInclusive: "greaterThan",
};

/** Changes of a condition of json-rules-engine. */
export function* engineChanges(value: Value, at: LocatedPath, siblings: Siblings): Changes {
  if (!isRow(value)) return;
  for (const [mode, other] of [
    ["all", "any"],
    ["any", "all"],
  ] as const) {
    const parts = value[mode];
    if (!isList(parts)) continue;
    if (parts.length > 1) yield* renamed(value, at, mode, other);
    yield* dropped(parts, [...at, mode]);
    for (const [index, part] of parts.entries()) yield* engineChanges(part, [...at, mode, index], siblings);
  }
  const { not } = value;
  if (not !== undefined) {
    yield withoutNot(value, at, ["not", "all"]);
    yield* engineChanges(not, [...at, "not"], siblings);
  }
  if (value["operator"] !== undefined) yield* leafChanges(value, at, siblings);
}

function* leafChanges(leaf: Row, at: LocatedPath, siblings: Siblings): Changes {
  const { operator, value = null } = leaf;
  yield* factChanges(leaf, at, siblings);
  if (typeof operator === "string") {
    const [name = "", ...decorators] = operator.split(":").reverse();
    const instead = INSTEAD[name];
    const to = [...decorators.reverse(), instead].join(":");
    if (instead !== undefined) yield replaced([...at, "operator"], `${operator} → ${to}`, to);
  }
  if (isRow(value) && value["fact"] !== undefined) yield* factChanges(value, [...at, "value"], siblings);
  else yield* operandChanges(value, [...at, "value"], siblings);
}

function* factChanges({ fact, path }: Row, at: LocatedPath, siblings: Siblings): Changes {
  if (typeof fact !== "string" || typeof path !== "string") return;
  const other = { before: "after", after: "before" }[fact];
  if (other !== undefined) yield replaced([...at, "fact"], `${fact} → ${other}`, other);
  const segments = parseLibraryPath(path);
  if (segments === undefined || segments.length === 0) return;
  for (const name of siblings([fact, ...segments])) {
    const to = `$${segments
      .with(segments.length - 1, name)
      .map((segment) => (/^[A-Za-z_]\w*$/.test(segment) ? `.${segment}` : `['${segment}']`))
      .join("")}`;
    yield replaced([...at, "path"], `${path} → ${to}`, to);
  }
}
