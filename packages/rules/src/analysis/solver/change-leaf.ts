import { Decimal } from "@backstitch/core/values";
import type { Condition } from "../../condition/form.ts";
import { nameOfPath, type Path } from "../../path/resolve-path.ts";
import { aboutEqual, aboutNumber } from "./expression-leaf.ts";
import { operandKey, type LeafTable } from "./leaf-table.ts";
import type { About, Literal, Node } from "./leaf.ts";
import { opposite } from "./node.ts";

type Change = Extract<Condition, { kind: "change" }>;

/** A test of how a field changed. */
export function changeNode(table: LeafTable, condition: Change): Node {
  const { field, operator, operand } = condition;
  if (operator === "$changed") {
    const changed: Node = changedOf(table, field, condition);
    return operand.kind === "literal" && operand.value === false ? opposite(changed) : changed;
  }
  const key = `${JSON.stringify(field)} ${operator} ${operandKey(table, operand)}`;
  return table.literal(key, condition, () => ({ implies: impliedBy(table, condition), changes: true }));
}

function changedOf(table: LeafTable, field: readonly string[], origin: Condition): Literal {
  return table.literal(`${JSON.stringify(field)} $changed`, origin, () => ({ changes: true }));
}

/** What it says of the values on its two sides. */
function impliedBy(table: LeafTable, condition: Change): Literal[] {
  const { field: segments, operator, operand } = condition;
  const changed = changedOf(table, segments, condition);
  const before: Path = { root: "before", segments };
  const after: Path = { root: "after", segments };
  const said = (path: Path, what: string, about: About): Literal =>
    table.literal(`${nameOfPath(path)} is ${what}`, condition, () => ({ about }));
  if (operator === "$increasedBy" || operator === "$decreasedBy") {
    const sides = [before, after].map((path) => said(path, "a number", aboutNumber(path)));
    return [changed, ...sides, ...directionOf(table, condition)];
  }
  const value = operand.kind === "literal" ? operand.value : undefined;
  const isScalar = value !== undefined && value !== null && (typeof value !== "object" || value instanceof Decimal);
  const path = operator === "$changedTo" ? after : before;
  return isScalar ? [changed, said(path, operandKey(table, operand), aboutEqual(path, value))] : [changed];
}

/** A number that grew did not fall. */
function directionOf(table: LeafTable, { field, operator, operand, ...rest }: Change): Literal[] {
  const grew = table.literal(`${JSON.stringify(field)} grew`, { field, operator, operand, ...rest }, () => ({}));
  return [operator === "$increasedBy" ? grew : { ...grew, negated: true }];
}
