import type { LibraryTest } from "../../condition/form.ts";
import type { Path } from "../../path/resolve-path.ts";
import type { Fields } from "./field.ts";
import { keyOf } from "./keys.ts";
import { NO_KEYS, UNKNOWN, type Key, type Lookup, type Node } from "./node.ts";

const ORDERS: Readonly<Record<string, { readonly side: "low" | "high"; readonly open: boolean }>> = {
  lessThan: { side: "high", open: true },
  lessThanInclusive: { side: "high", open: false },
  greaterThan: { side: "low", open: true },
  greaterThanInclusive: { side: "low", open: false },
};

/** A leaf of json-rules-engine. Decorators but for `someFact` and `someValue` are not looked up. */
export function libraryNode({ fact, operator, operand }: LibraryTest, fields: Fields): Node {
  if (operand.kind === "fact" || fact.root === "values") return UNKNOWN;
  const names = operator.split(":");
  const name = names.pop() ?? "";
  const each = names.includes("someFact") || name === "contains";
  const ofValues = names.includes("someValue");
  const known = names.length <= Number(names.includes("someFact")) + Number(ofValues);
  if (!known || (name === "contains" && names.includes("someFact")) || (name === "in" && ofValues)) return UNKNOWN;
  const lookup = lookupOf(name, operand.value, ofValues);
  if (lookup === undefined) return UNKNOWN;
  const shared = isFieldOfRow(fact) && (lookup.by === "value" || !each);
  return shared
    ? { kind: "leaf", field: fields.ofPaths([fact]), lookup: asExpression(lookup) }
    : { kind: "leaf", field: fields.ofFact(fact, each), lookup };
}

/** What is `===` there is equal to an expression, too, and numbers compare alike: rules of both dialects then look at one field. */
function isFieldOfRow({ root, segments }: Path): boolean {
  return segments.length === 1 && (root === "after" || root === "before" || root === "key");
}

/** An expression looks whole numbers up by the nearest `number`. */
function asExpression(lookup: Lookup): Lookup {
  return lookup.by === "value" ? { by: "value", keys: [...new Set(lookup.keys.map(keyOf))] } : lookup;
}

function lookupOf(name: string, value: unknown, ofValues: boolean): Lookup | undefined {
  if (name === "equal" || name === "contains") return valuesOf(ofValues ? value : [value]);
  if (name === "in") return valuesOf(value);
  const end = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined;
  if (end === undefined || ofValues || typeof value !== "number" || Number.isNaN(value)) return undefined;
  const { side, open } = end;
  return side === "low"
    ? { by: "number", coerces: true, low: value, high: undefined, lowOpen: open, highOpen: false }
    : { by: "number", coerces: true, low: undefined, high: value, lowOpen: false, highOpen: open };
}

/** An array or a row in a file is never `===` to anything of an event. */
function valuesOf(items: unknown): Lookup | undefined {
  if (!Array.isArray(items)) return undefined;
  const keys = items.filter((item) => typeof item !== "object" || item === null) as Key[];
  return { by: "value", keys: keys.length === 0 ? NO_KEYS : [...new Set(keys)] };
}
