import { isRow, type Value } from "@backstitch/core/values";
import { didYouMean, listOf, under, type Located, type LocatedPath } from "../json/index.ts";
import { isPathFault, resolvePath, type Path, type Scope } from "../path/resolve-path.ts";
import type { Report } from "../problems/report.ts";
import type { OrderForm } from "./form.ts";

/** Where something of a rule is read. */
export interface Reading {
  readonly located: Located;
  readonly report: Report;
  /** What a path of the rule or entry may read. */
  readonly scope: Scope;
  /** Gathers what is read. */
  readonly reads: Path[];
}

const ORDERS = ["lane", "none"] as const;

/** Reads `order`: `"lane"`, `"none"`, or `{"by": path}`. Undefined where it is absent or a problem. */
export function readOrder(reading: Reading, order: Value | undefined, at: LocatedPath): OrderForm | undefined {
  if (order === undefined) return undefined;
  const { located, report, scope, reads } = reading;
  const named = ORDERS.find((name) => name === order);
  if (named !== undefined) return named;
  if (!isRow(order) || typeof order["by"] !== "string") {
    const guess = typeof order === "string" ? didYouMean(order, ORDERS) : undefined;
    const message = `${typeof order === "string" ? JSON.stringify(order) : "This"} is no order.`;
    const remedy = guess ?? `It may be ${listOf(ORDERS)}, or by what a path reads: {"by": "after.customer"}.`;
    report.in(located, { code: "RULE_VALUE_INVALID", path: at, message, remedy });
    return undefined;
  }
  for (const key of Object.keys(order).filter((name) => name !== "by")) {
    const message = `${JSON.stringify(key)} cannot stand beside "by".`;
    report.in(located, { code: "RULE_KEY_UNKNOWN", path: under(at, key), what: "key", message });
  }
  const path = resolvePath(order["by"], scope);
  if (!isPathFault(path)) {
    reads.push(path);
    return { by: path };
  }
  report.in(located, { ...path, path: under(at, "by") });
  return undefined;
}
