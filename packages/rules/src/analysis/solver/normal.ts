import type { Value } from "@backstitch/core/values";
import type { Condition, LibraryTest, Operand } from "../../condition/form.ts";
import type { Path } from "../../path/resolve-path.ts";
import { changeNode } from "./change-leaf.ts";
import { aboutList, aboutTest } from "./expression-leaf.ts";
import { newLeafTable, operandKey, valueKey, type LeafTable } from "./leaf-table.ts";
import type { Literal, Node } from "./leaf.ts";
import { aboutLibrary, aboutListFact } from "./library-leaf.ts";
import { keyOf, opposite } from "./node.ts";

/** Brings conditions into negation normal form; tests that say the same become the same leaf. */
export interface Normaliser {
  normal(condition: Condition): Node;
  /** A test that nobody wrote. */
  test(path: Path, operator: string, value: Value): Node;
}

export function newNormaliser(): Normaliser {
  const table = newLeafTable();
  const nodes = new WeakMap<Condition, Node>();
  const normal = (condition: Condition): Node => {
    const known = nodes.get(condition);
    if (known !== undefined) return known;
    const node = nodeOf(table, normal, condition);
    nodes.set(condition, node);
    return node;
  };
  return {
    normal,
    test: (path, operator, value) => testNode(table, { kind: "test", path, operator, operand: { kind: "literal", value } }),
  };
}

function nodeOf(table: LeafTable, normal: Normaliser["normal"], condition: Condition): Node {
  switch (condition.kind) {
    case "const":
      return { kind: "const", value: condition.value, origin: condition };
    case "and":
      return { kind: "all", parts: condition.all.map(normal), origin: condition };
    case "or":
      return { kind: "any", parts: condition.any.map(normal), origin: condition };
    case "staged":
      return { kind: condition.mode, parts: condition.stages.flat().map(normal), origin: condition };
    case "not": {
      const node = opposite(normal(condition.condition));
      // A group stands where its negation was written.
      return node.kind === "literal" ? node : { ...node, origin: condition };
    }
    case "test":
      return testNode(table, condition);
    case "element": {
      const inner = normal(condition.condition);
      const key = `${nameOf(condition.path)} $elemMatch ${condition.rowsOnly ?? false} ${keyOf(inner)}`;
      return table.literal(key, condition, () => ({ about: aboutList(condition.path), inner }));
    }
    case "change":
      return changeNode(table, condition);
    case "library":
      return libraryNode(table, condition);
    case "engine":
      return table.literal(`engine ${table.idOf(condition)}`, condition, () => ({}));
  }
}

function testNode(table: LeafTable, condition: Extract<Condition, { kind: "test" }>): Node {
  const { path, operator, operand } = condition;
  if (operator === "$all" && operand.kind === "literal" && Array.isArray(operand.value)) {
    const items = operand.value as readonly Value[];
    if (items.length === 0) return { kind: "const", value: false, origin: condition };
    return { kind: "all", parts: items.map((value) => itemOfAll(table, path, value, condition)), origin: condition };
  }
  const right = operator === "$in" ? inAnyOrder(table, operand) : operandKey(table, operand);
  return table.literal(`${nameOf(path)} ${operator} ${right}`, condition, () => ({ about: aboutTest(path, operator, operand) }));
}

/** An item of `$all` is a test of equality. */
// oxlint-disable-next-line max-params -- a test, and who wrote it
function itemOfAll(table: LeafTable, path: Path, value: Value, origin: Condition): Node {
  const operand: Operand = { kind: "literal", value };
  const key = `${nameOf(path)} $eq ${operandKey(table, operand)}`;
  return table.literal(key, origin, () => ({ about: aboutTest(path, "$eq", operand) }));
}

/** What is negated by its name is the opposite of the rest. */
function libraryNode(table: LeafTable, condition: LibraryTest): Node {
  const { operator } = condition;
  const [first, ...rest] = operator.split(":");
  if (first === "not" && rest.length > 0) return opposite(plainNode(table, condition, rest.join(":")));
  if (operator === "notEqual") return opposite(plainNode(table, condition, "equal"));
  return operator === "notIn" ? opposite(plainNode(table, condition, "in")) : plainNode(table, condition, operator);
}

function plainNode(table: LeafTable, condition: LibraryTest, operator: string): Node {
  if (operator !== "doesNotContain") return libraryLiteral(table, condition, operator);
  const isList = table.literal(`${factOf(condition)} is a list`, condition, () => ({ about: aboutListFact(condition) }));
  return { kind: "all", parts: [isList, opposite(libraryLiteral(table, condition, "contains"))], origin: condition };
}

function libraryLiteral(table: LeafTable, condition: LibraryTest, operator: string): Literal {
  const { operand } = condition;
  const right = operand.kind === "fact" ? `fact ${JSON.stringify(operand.fact)}` : listKey(operator === "in", operand.value);
  return table.literal(`${factOf(condition)} ${operator} ${right}`, condition, () => ({ about: aboutLibrary(condition, operator) }));
}

function inAnyOrder(table: LeafTable, operand: Operand): string {
  return operand.kind === "literal" ? listKey(true, operand.value) : operandKey(table, operand);
}

function listKey(anyOrder: boolean, value: unknown): string {
  return anyOrder && Array.isArray(value) ? `in ${value.map(valueKey).sort().join()}` : valueKey(value);
}

function nameOf({ root, segments }: Path): string {
  return JSON.stringify([root, ...segments]);
}

function factOf({ fact }: LibraryTest): string {
  return `fact ${nameOf(fact)}`;
}
