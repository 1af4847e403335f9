import { rowFrom } from "@backstitch/core/values";
import type { Condition, Operand } from "../condition/form.ts";
import { Instant, type Literal } from "../condition/instant.ts";
import type { Path } from "../path/resolve-path.ts";
import type { EncodedCondition, EncodedLiteral, EncodedOperand } from "./encoded.ts";

/** The path at a place. */
export type PathAt = (place: number) => Path;

export function decodeCondition(condition: EncodedCondition, pathAt: PathAt): Condition {
  const decode = (part: EncodedCondition): Condition => decodeCondition(part, pathAt);
  switch (condition.kind) {
    case "const":
      return condition;
    case "and":
      return { kind: "and", all: condition.all.map(decode) };
    case "or":
      return { kind: "or", any: condition.any.map(decode) };
    case "not":
      return { kind: "not", condition: decode(condition.condition) };
    case "test":
      return { ...condition, path: pathAt(condition.path), operand: decodeOperand(condition.operand, pathAt) };
    case "element": {
      const { kind, path, rowsOnly } = condition;
      return { kind, path: pathAt(path), condition: decode(condition.condition), ...(rowsOnly === true && { rowsOnly }) };
    }
    case "change":
      return { ...condition, operand: decodeOperand(condition.operand, pathAt) };
    case "library": {
      const { operand } = condition;
      const right = operand.kind === "fact" ? { kind: operand.kind, fact: pathAt(operand.fact) } : operand;
      return { ...condition, fact: pathAt(condition.fact), operand: right };
    }
    case "staged":
      return { ...condition, stages: condition.stages.map((stage) => stage.map(decode)) };
  }
}

function decodeOperand(operand: EncodedOperand, pathAt: PathAt): Operand {
  switch (operand.kind) {
    case "literal":
      return operand;
    case "dated":
      return { kind: "dated", value: decodeLiteral(operand.value) };
    case "path":
      return { kind: "path", path: pathAt(operand.path) };
    case "list":
      return { kind: "list", items: operand.items.map((item) => decodeOperand(item, pathAt)) };
  }
}

function decodeLiteral(literal: EncodedLiteral): Literal {
  if ("value" in literal) return literal.value;
  if ("instant" in literal) return new Instant(...literal.instant);
  if ("list" in literal) return literal.list.map(decodeLiteral);
  return rowFrom(literal.row.map(([name, item]) => [name, decodeLiteral(item)] as const));
}
