import { encodeValue, type Value } from "@backstitch/core/values";
import type { Condition, Operand } from "../../condition/form.ts";
import type { Leaf, Literal } from "./leaf.ts";

export type Facets = Partial<Pick<Leaf, "implies" | "changes" | "about" | "inner">>;

/** The tests of a rule set: two that say the same are one. */
export interface LeafTable {
  /** `facets` is asked only where the test is new. */
  literal(key: string, origin: Condition, facets: () => Facets): Literal;
  /** A number of its own for every object. */
  idOf(thing: object): number;
}

export function newLeafTable(): LeafTable {
  const leaves = new Map<string, Leaf>();
  const ids = new WeakMap<object, number>();
  let lastLeaf = 0;
  let lastId = 0;
  return {
    literal(key, origin, facets) {
      let leaf = leaves.get(key);
      if (leaf === undefined) {
        leaf = { id: ++lastLeaf, key, origin, about: undefined, implies: [], inner: undefined, changes: false, ...facets() };
        leaves.set(key, leaf);
      }
      return { kind: "literal", leaf, negated: false, origin };
    },
    idOf(thing) {
      const id = ids.get(thing) ?? ++lastId;
      ids.set(thing, id);
      return id;
    },
  };
}

/** The same for operands that mean the same; what is not known here is equal to itself alone. */
export function operandKey(table: LeafTable, operand: Operand): string {
  if (operand.kind === "path") return `path ${JSON.stringify(operand.path)}`;
  if (operand.kind === "list") return `list ${operand.items.map((item) => operandKey(table, item)).join()}`;
  return operand.kind === "literal" ? valueKey(operand.value) : `operand ${table.idOf(operand)}`;
}

export function valueKey(value: unknown): string {
  if (value === undefined) return "nothing";
  return encodeValue(value as Value);
}
