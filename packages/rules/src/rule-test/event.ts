import type { ChangeEvent, Operation } from "@backstitch/core/source";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import { equal } from "../condition/operators/compare.ts";
import type { RuleSummary } from "../rule/compiled-rule.ts";

/** When nothing else is said. */
const COMMITTED_AT = "2026-01-01T00:00:00.000000Z";

type On = Pick<RuleSummary, "source" | "collections" | "operations" | "origins">;

/** A whole change event of what a test writes of one: the rest is as the rule's `on` has it, and follows from what is given. */
export function eventOf(written: Row, on: On, number: number): ChangeEvent {
  const operation = (written["operation"] as Operation | undefined) ?? operationOf(written, on.operations);
  const source = textOr(written["source"], on.source);
  const after = rowOr(written["after"], operation === "delete" ? null : {});
  const before = beforeOf(written, operation, after);
  const { previousKey } = written;
  const row: Row = after ?? before ?? {};
  return {
    id: textOr(written["id"], String(number)),
    source,
    origin: (written["origin"] as ChangeEvent["origin"] | undefined) ?? on.origins[0] ?? "log",
    operation,
    database: textOr(written["database"], source),
    collection: textOr(written["collection"], on.collections[0] ?? ""),
    key: rowOr(written["key"], { id: row["id"] ?? 1 }),
    previousKey: isRow(previousKey) ? previousKey : undefined,
    after,
    before,
    unsent: (written["unsent"] as readonly string[] | undefined) ?? [],
    changed: (written["changed"] as readonly string[] | undefined) ?? changedOf(operation, before, after),
    committedAt: textOr(written["committedAt"], COMMITTED_AT),
  };
}

/** An insert where only `after` is given and the rule looks at inserts: it is the one event that is whole without `before`. */
function operationOf({ after, before, was }: Row, operations: readonly Operation[]): Operation {
  if (after === null) return "delete";
  if (before === null) return "insert";
  if (before === undefined && was === undefined) return operations.includes("insert") ? "insert" : (operations[0] ?? "insert");
  return operations.find((operation) => operation === "update" || operation === "replace") ?? (after === undefined ? "delete" : "update");
}

function beforeOf(written: Row, operation: Operation, after: Row | null): Row | null | undefined {
  const { before, was } = written;
  if (isRow(was)) return { ...after, ...was };
  return rowOr(before, operation === "insert" ? null : undefined);
}

function changedOf(operation: Operation, before: Row | null | undefined, after: Row | null): readonly string[] | undefined {
  if (operation === "delete") return [];
  if (operation === "insert") return Object.keys(after ?? {});
  if (!isRow(before ?? null) || after === null) return undefined;
  const names = new Set([...Object.keys(after), ...Object.keys(before ?? {})]);
  return [...names].filter((name) => !same(before ?? {}, after, name));
}

function same(one: Row, other: Row, name: string): boolean {
  return Object.hasOwn(one, name) === Object.hasOwn(other, name) && equal(one[name], other[name]);
}

function textOr(value: Value | undefined, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function rowOr<Otherwise>(value: Value | undefined, otherwise: Otherwise): Row | null | Otherwise {
  return value === null || isRow(value) ? value : otherwise;
}
