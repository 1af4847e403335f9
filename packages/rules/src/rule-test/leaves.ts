import type { Place } from "@backstitch/core/rules";
import type { Value } from "@backstitch/core/values";
import type { Condition } from "../condition/form.ts";
import { shown } from "../condition/shown.ts";
import type { Mark, Marks } from "../condition/marks.ts";
import { partsOf } from "../condition/size-of.ts";
import { valueAt } from "../json/index.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";

/** Where a leaf of a condition stands, and what stands there: `after.quantity $lt 5`. */
export interface Leaf {
  readonly place: Place;
  readonly text: string;
}

/** Every leaf of a rule and of its entries once, in the order of the file. */
export function leavesOf({ condition, then }: CompiledRule): readonly Condition[] {
  const found = new Set<Condition>();
  for (const one of [condition, ...then.map(({ when }) => when)]) if (one !== undefined) gather(one.form, found);
  return [...found];
}

function gather(condition: Condition, found: Set<Condition>): void {
  const parts = partsOf(condition);
  const isLeaf = parts.length === 0 && !["const", "and", "or"].includes(condition.kind);
  if (isLeaf) found.add(condition);
  for (const part of parts) gather(part, found);
}

/** A leaf as it was written; undefined where that was not gathered. */
export function writtenLeaf({ places }: Marks, leaf: Condition): Leaf | undefined {
  const mark = places.get(leaf);
  return mark && { place: mark.located.placeOf(mark.at, "key"), text: textOf(leaf, mark) };
}

/** A leaf of json-rules-engine. */
interface WrittenFact {
  readonly fact: string;
  readonly path?: string;
  readonly operator: string;
  readonly value: Value;
}

function textOf({ kind }: Condition, { located, at }: Mark): string {
  if (kind === "engine") return "what json-rules-engine decides";
  const written = valueAt(located, at) as Value;
  if (kind === "library") {
    const { fact, path, operator, value } = written as unknown as WrittenFact;
    return [fact, ...(path === undefined ? [] : [path]), operator, shown(value)].join(" ");
  }
  const names = at.filter((step) => typeof step === "string");
  const operator = names.at(-1)?.startsWith("$") === true ? names.at(-1) : "$eq";
  return `${names.findLast((name) => !name.startsWith("$"))} ${operator} ${shown(written)}`;
}
