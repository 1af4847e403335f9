import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { isEngineDialect } from "../../condition/lower.ts";
import type { LocatedPath } from "../../json/index.ts";
import { argumentChanges } from "./arguments.ts";
import { dropped, replaced, type Changes, type Siblings } from "./change.ts";
import { engineChanges } from "./engine.ts";
import { expressionChanges } from "./expression.ts";
import { pathChanges } from "./operands.ts";

/** Every small change of a rule that its tests should notice, in the order of the file's parts. */
export function* ruleChanges(rule: Row, siblingsIn: (each: Value | undefined) => Siblings): Changes {
  const { on, when = null, then } = rule;
  const operations = isRow(on) ? on["operations"] : undefined;
  if (isList(operations)) yield* dropped(operations, ["on", "operations"]);
  yield* conditionChanges(when, ["when"], siblingsIn(undefined));
  yield* expiryChanges(rule, []);
  if (!isList(then)) return;
  yield* dropped(then, ["then"]);
  for (const [index, entry] of then.entries()) if (isRow(entry)) yield* entryChanges(entry, ["then", index], siblingsIn);
}

function* entryChanges(entry: Row, at: LocatedPath, siblingsIn: (each: Value | undefined) => Siblings): Changes {
  const { each, when = null, with: args = null, links = null } = entry;
  const siblings = siblingsIn(each);
  yield* conditionChanges(when, [...at, "when"], siblings);
  if (typeof each === "string") yield* pathChanges(each, [...at, "each"], siblings);
  yield* expiryChanges(entry, at);
  yield* argumentChanges(args, [...at, "with"], siblings);
  if (!isRow(links)) return;
  for (const [name, link] of Object.entries(links))
    if (isRow(link)) yield* argumentChanges(link["with"] ?? null, [...at, "links", name, "with"], siblings);
}

/** Changes of a condition of either dialect. */
export function conditionChanges(when: Value, at: LocatedPath, siblings: Siblings): Changes {
  return (isEngineDialect(when) ? engineChanges : expressionChanges)(when, at, siblings);
}

/** Twice as long, and for ever. */
function* expiryChanges(row: Row, at: LocatedPath): Changes {
  const { expires } = row;
  const [, amount, unit] = typeof expires === "string" ? (/^(\d+)(\D+)$/.exec(expires) ?? []) : [];
  if (amount === undefined || unit === undefined) return;
  const twice = `${2 * Number(amount)}${unit}`;
  yield replaced([...at, "expires"], `${amount}${unit} → ${twice}`, twice);
  const without = (): Row => rowFrom(Object.entries(row).filter(([name]) => name !== "expires"));
  yield { shownAt: [...at, "expires"], what: "key", says: "left out expires", at, to: without };
}
