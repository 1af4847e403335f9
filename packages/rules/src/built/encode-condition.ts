import { isList, isRow, type Value } from "@backstitch/core/values";
import type { Condition, Operand } from "../condition/form.ts";
import { Instant, type Literal, type LiteralRow } from "../condition/instant.ts";
import type { Path } from "../path/resolve-path.ts";
import type { EncodedCondition, EncodedLiteral, EncodedOperand } from "./encoded.ts";

/** The place of a path among all. */
export type PlaceOf = (path: Path) => number;

export function encodeCondition(condition: Condition, placeOf: PlaceOf): EncodedCondition {
  const encode = (part: Condition): EncodedCondition => encodeCondition(part, placeOf);
  switch (condition.kind) {
    case "const":
      return condition;
    case "and":
      return { kind: "and", all: condition.all.map(encode) };
    case "or":
      return { kind: "or", any: condition.any.map(encode) };
    case "not":
      return { kind: "not", condition: encode(condition.condition) };
    case "test":
      return { ...condition, path: placeOf(condition.path), operand: encodeOperand(condition.operand, placeOf) };
    case "element":
      return { ...condition, path: placeOf(condition.path), condition: encode(condition.condition) };
    case "change":
      return { ...condition, operand: encodeOperand(condition.operand, placeOf) };
    case "library": {
      const { operand } = condition;
      const right = operand.kind === "fact" ? { kind: operand.kind, fact: placeOf(operand.fact) } : operand;
      return { ...condition, fact: placeOf(condition.fact), operand: right };
    }
    case "staged":
      return { ...condition, stages: condition.stages.map((stage) => stage.map(encode)) };
    case "engine":
      throw new RangeError("A condition that json-rules-engine decides itself cannot be built: what it names is a developer's own code.");
  }
}

function encodeOperand(operand: Operand, placeOf: PlaceOf): EncodedOperand {
  switch (operand.kind) {
    case "literal":
      return operand;
    case "dated":
      return { kind: "dated", value: encodeLiteral(operand.value) };
    case "path":
      return { kind: "path", path: placeOf(operand.path) };
    case "list":
      return { kind: "list", items: operand.items.map((item) => encodeOperand(item, placeOf)) };
  }
}

function encodeLiteral(literal: Literal): EncodedLiteral {
  if (literal instanceof Instant) return { instant: [literal.seconds, literal.fraction] };
  if (isList(literal as Value)) return { list: (literal as readonly Literal[]).map(encodeLiteral) };
  if (!isRow(literal as Value)) return { value: literal as Value };
  return { row: Object.entries(literal as LiteralRow).map(([name, item]) => [name, encodeLiteral(item)] as const) };
}
