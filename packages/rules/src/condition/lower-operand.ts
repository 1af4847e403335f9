import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { under } from "../json/index.ts";
import { isPathFault, resolvePath } from "../path/resolve-path.ts";
import type { Finding } from "../problems/report.ts";
import { EXTENDED } from "./extended-json.ts";
import type { Operand } from "./form.ts";
import { Instant, type Literal } from "./instant.ts";
import { complain, type At, type Lowering } from "./lowering.ts";
import { shown } from "./shown.ts";
import { stitchPath, stitchValue } from "./stitch.ts";

interface Given {
  readonly operator: string;
  /** What the operator says of its operand. */
  readonly rules: { readonly literalOnly?: true; readonly everyItem?: true; readonly wants?: (operand: Literal) => string | undefined };
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
  return refuse(lowering, {
    path: at,
    message: `${JSON.stringify(operator)} needs ${wanted}, not ${shown(value)}.`,
    remedy: wanted === "a list" && !isRow(value) ? "Put it in brackets." : undefined,
  });
}

function wantedInstead(operand: Operand, rules: Given["rules"]): string | undefined {
  if (operand.kind === "path") return rules.literalOnly === true ? "a value that is written here" : undefined;
  if (operand.kind === "list") return rules.wants?.(operand.items.map(() => null));
  if (rules.everyItem === true && !Array.isArray(operand.value)) return "a list";
  return rules.wants?.(operand.value);
}

function operandOf(lowering: Lowering, value: Value, at: At): Operand | undefined {
  if (Array.isArray(value)) return listOf(lowering, value as readonly Value[], at);
  if (isRow(value)) return isLiteralForm(value) ? specialForm(lowering, value, at) : rowOf(lowering, value, at);
  const stitch = typeof value === "string" ? stitchValue(value) : undefined;
  return stitch === undefined ? { kind: "literal", value } : refuse(lowering, { ...stitch, path: at });
}

function listOf(lowering: Lowering, values: readonly Value[], at: At): Operand | undefined {
  const items = values.map((item, index) => operandOf(lowering, item, under(at, index)));
  if (items.includes(undefined)) return undefined;
  const whole = items as Operand[];
  const written = whole.filter(isWritten);
  if (written.length < whole.length) return { kind: "list", items: whole };
  return writtenOf(
    written.map(({ value }) => value),
    written,
  );
}

/** Literals may stand inside it, paths may not. */
function rowOf(lowering: Lowering, value: Row, at: At): Operand | undefined {
  const entries = Object.entries(value).map(([name, item]) => [name, rowItem(lowering, name, item, under(at, name))] as const);
  const written = entries.flatMap(([name, operand]) => (operand === undefined ? [] : [[name, operand] as const]));
  if (written.length < entries.length) return undefined;
  return writtenOf(
    rowFrom(written.map(([name, { value }]) => [name, value] as const)),
    written.map(([, operand]) => operand),
  );
}

type Written = Extract<Operand, { kind: "literal" | "dated" }>;

function rowItem(lowering: Lowering, name: string, item: Value, at: At): Written | undefined {
  if (name.startsWith("$")) {
    const remedy = 'A path is {"$path": "after.x"}; a value with names that begin with $ is {"$literal": …}.';
    return refuse(lowering, { path: at, what: "key", message: `${JSON.stringify(name)} cannot stand here.`, remedy });
  }
  const operand = operandOf(lowering, item, at);
  if (operand === undefined || isWritten(operand)) return operand;
  const remedy = "Write a test of its own under the path of this field.";
  return refuse(lowering, { path: at, message: '"$path" cannot stand inside an object.', remedy });
}

function isWritten(operand: Operand): operand is Written {
  return operand.kind === "literal" || operand.kind === "dated";
}

function writtenOf(value: Literal, parts: readonly Written[]): Written {
  return parts.some(({ kind }) => kind === "dated") ? { kind: "dated", value } : { kind: "literal", value: value as Value };
}

/** `{"$path": …}`, `{"$literal": …}`, and MongoDB's extended JSON: values, not operators. */
export function isLiteralForm(value: Row): boolean {
  const [key = "", second] = Object.keys(value);
  return second === undefined && (key === "$path" || key === "$literal" || EXTENDED.has(key));
}

function specialForm(lowering: Lowering, value: Row, at: At): Operand | undefined {
  const [[key, item] = ["", null]] = Object.entries(value);
  if (key === "$literal") return { kind: "literal", value: item };
  if (key !== "$path") return extended(lowering, key, item, under(at, key));
  if (typeof item !== "string") {
    return refuse(lowering, {
      code: "RULE_PATH_INVALID",
      path: under(at, key),
      message: '"$path" needs a path in quotes, such as "after.quantity".',
    });
  }
  const stitch = stitchPath(item);
  if (stitch !== undefined) return refuse(lowering, { ...stitch, code: "RULE_PATH_UNKNOWN", path: under(at, key) });
  const path = resolvePath(item, lowering.scope);
  return isPathFault(path) ? refuse(lowering, { ...path, path: under(at, key) }) : { kind: "path", path };
}

function extended(lowering: Lowering, key: string, item: Value, at: At): Operand | undefined {
  const form = EXTENDED.get(key);
  const value = form?.read(item);
  if (value === undefined)
    return refuse(lowering, { path: at, message: `${JSON.stringify(key)} needs ${form?.wants ?? "a value"}, not ${shown(item)}.` });
  return value instanceof Instant ? { kind: "dated", value } : { kind: "literal", value: value as Value };
}

function refuse(lowering: Lowering, finding: Omit<Finding, "code"> & { readonly code?: string }): undefined {
  complain(lowering, { code: "RULE_OPERAND_INVALID", ...finding });
}
