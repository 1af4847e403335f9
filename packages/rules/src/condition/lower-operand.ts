import { Decimal, integer, isRow, type Row, type Value } from "@backstitch/core/values";
import { isPathFault, resolvePath } from "../path/resolve-path.ts";
import type { Operand } from "./form.ts";
import { complain, type At, type Lowering } from "./lowering.ts";

interface Given {
  readonly operator: string;
  /** What the operator says of its operand. */
  readonly rules: { readonly literalOnly?: true; readonly everyItem?: true; readonly wants?: (operand: Value) => string | undefined };
  readonly value: Value;
  readonly at: At;
}

/** Lowers the right side of a test; undefined where it is a problem. */
export function lowerOperand(lowering: Lowering, given: Given): Operand | undefined {
  const { operator, rules, value, at } = given;
  const operand = operandOf(lowering, value, at);
  if (operand === undefined) return undefined;
  const wanted = wantedInstead(operand, rules);
  if (wanted === undefined) return operand;
  complain(lowering, {
    code: "RULE_OPERAND_INVALID",
    path: at,
    message: `${JSON.stringify(operator)} needs ${wanted}, not ${JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)).slice(0, 80)}.`,
    remedy: wanted === "a list" && !isRow(value) ? "Put it in brackets." : undefined,
  });
  return undefined;
}

function wantedInstead(operand: Operand, rules: Given["rules"]): string | undefined {
  if (operand.kind === "path") return rules.literalOnly === true ? "a value that is written here" : undefined;
  if (operand.kind === "list") return rules.wants?.(operand.items.map(() => null));
  if (rules.everyItem === true && !Array.isArray(operand.value)) return "a list";
  return rules.wants?.(operand.value);
}

function operandOf(lowering: Lowering, value: Value, at: At): Operand | undefined {
  if (Array.isArray(value)) return listOf(lowering, value as readonly Value[], at);
  if (!isRow(value)) return { kind: "literal", value };
  if (isLiteralForm(value)) return specialForm(lowering, value, at);
  const operator = Object.keys(value).find((key) => key.startsWith("$"));
  if (operator === undefined) return { kind: "literal", value };
  complain(lowering, {
    code: "RULE_OPERAND_INVALID",
    path: [...at, operator],
    what: "key",
    message: `${JSON.stringify(operator)} cannot stand here.`,
    remedy: 'A path is {"$path": "after.x"}; a value with names that begin with $ is {"$literal": …}.',
  });
  return undefined;
}

function listOf(lowering: Lowering, values: readonly Value[], at: At): Operand | undefined {
  const items = values.map((item, index) => operandOf(lowering, item, [...at, index]));
  if (items.includes(undefined)) return undefined;
  const whole = items as Operand[];
  if (whole.every((item) => item.kind === "literal")) return { kind: "literal", value: whole.map(({ value }) => value) };
  return { kind: "list", items: whole };
}

/** What the forms of MongoDB's extended JSON stand for. */
export const EXTENDED: Readonly<Record<string, (text: string) => Value>> = {
  $numberInt: integer,
  $numberLong: integer,
  $numberDouble: Number,
  $numberDecimal: (text) => Decimal.parse(text),
  $oid: (text) => text,
};

/** `{"$path": …}`, `{"$literal": …}`, and MongoDB's extended JSON: values, not operators. */
export function isLiteralForm(value: Row): boolean {
  const [key = "", second] = Object.keys(value);
  return second === undefined && (key === "$path" || key === "$literal" || Object.hasOwn(EXTENDED, key));
}

function specialForm(lowering: Lowering, value: Row, at: At): Operand | undefined {
  const [[key, item] = ["", null]] = Object.entries(value);
  if (key === "$literal") return { kind: "literal", value: item };
  if (key !== "$path") return extended(lowering, key, item, [...at, key]);
  if (typeof item !== "string") {
    complain(lowering, {
      code: "RULE_PATH_INVALID",
      path: [...at, key],
      message: '"$path" needs a path in quotes, such as "after.quantity".',
    });
    return undefined;
  }
  const path = resolvePath(item, lowering.scope);
  if (!isPathFault(path)) return { kind: "path", path };
  complain(lowering, { ...path, path: [...at, key] });
  return undefined;
}

function extended(lowering: Lowering, key: string, item: Value, at: At): Operand | undefined {
  try {
    const read = EXTENDED[key];
    if (typeof item === "string" && read !== undefined) return { kind: "literal", value: read(item) };
  } catch {
    // Reported below, with whatever else is not such a number.
  }
  complain(lowering, { code: "RULE_OPERAND_INVALID", path: at, message: `${JSON.stringify(key)} needs a number as a text.` });
  return undefined;
}
