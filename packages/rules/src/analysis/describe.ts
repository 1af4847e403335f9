import type { Place } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import type { Condition, Operand } from "../condition/form.ts";
import type { Mark } from "../condition/marks.ts";
import { shown } from "../condition/shown.ts";
import { pathText } from "../path/parse-path.ts";
import { nameOfPath } from "../path/resolve-path.ts";

/** A condition in a few words: `after.total $gt 5`. */
export function described(condition: Condition): string {
  switch (condition.kind) {
    case "const":
      return String(condition.value);
    case "test":
      return `${nameOfPath(condition.path)} ${condition.operator} ${operandText(condition.operand)}`;
    case "element":
      return `${nameOfPath(condition.path)} $elemMatch`;
    case "change":
      return `${pathText(["after", ...condition.field])} ${condition.operator} ${operandText(condition.operand)}`;
    case "library": {
      const { operand } = condition;
      return `${nameOfPath(condition.fact)} ${condition.operator} ${operand.kind === "fact" ? nameOfPath(operand.fact) : shown(operand.value)}`;
    }
    case "not":
      return `not ${described(condition.condition)}`;
    case "and":
    case "or":
    case "staged":
      return "this group";
    case "engine":
      return "this condition";
  }
}

function operandText(operand: Operand): string {
  if (operand.kind === "path") return nameOfPath(operand.path);
  return operand.kind === "list" ? "a list" : shown(operand.value);
}

/** `line 3`, or with its file where that is another. */
export function whereabouts(of: Mark | undefined, seenFrom: Mark): string {
  if (of === undefined) return "elsewhere";
  const place = of.located.placeOf(of.at);
  return of.located.file === seenFrom.located.file ? lineOf(place) : `${place.file}:${place.line}:${place.column}`;
}

function lineOf({ line, column }: Place): string {
  return `${line}:${column}`;
}

export function rowOf(value: unknown): Readonly<Record<string, Value>> {
  return isRow(value as Value) ? (value as Readonly<Record<string, Value>>) : {};
}
