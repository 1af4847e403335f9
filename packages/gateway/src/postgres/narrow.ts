import type { Condition, Operand, Path } from "@backstitch/rules/roles";
import type { Narrowing } from "../collections/visible.ts";
import type { Column } from "./catalogue.ts";
import { compare, equalTo, isNull, type Test } from "./tests.ts";

/** Writes SQL, and its values to the parameters: once it is known what of a condition is kept, since the server asks of each what it is for. */
export type Sql = (parameters: Parameters) => string;

/** A condition as SQL. Rows that meet the condition meet it too; `exact`: no others do. Undefined: nothing can be said in SQL. */
export interface Narrowed {
  readonly sql: Sql;
  readonly exact: boolean;
}

/** Values of a statement, which never are part of its text. */
export class Parameters {
  readonly values: (string | null)[] = [];

  /** What stands for the value in the text. @param type As SQL writes it, of the catalogue or written here. */
  add(value: string | null, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** The column that a field is; undefined: it is none, or the asker may not know what is in it. */
export type ColumnOf = (field: string) => Column | undefined;

const ALL: Narrowed = { sql: () => "TRUE", exact: true };
const NONE: Narrowed = { sql: () => "FALSE", exact: true };

/** What of a condition the database can decide. Everything else is decided for each row, as is what it decided. */
export function narrow(condition: Narrowing, columnOf: ColumnOf): Narrowed | undefined {
  switch (condition.kind) {
    case "const":
      return condition.value ? ALL : NONE;
    case "and":
      return every(condition.all.map((part) => narrow(part, columnOf)));
    case "or":
      return some(condition.any.map((part) => narrow(part, columnOf)));
    case "not":
      return opposite(narrow(condition.condition, columnOf));
    case "test":
      return narrowTest(condition, columnOf);
    case "element":
    case "change":
    case "library":
    case "staged":
    case "engine":
    case "unknown":
      return undefined;
  }
}

/** What meets all the parts. Of those that SQL cannot tell nothing is said. */
export function every(parts: readonly (Narrowed | undefined)[]): Narrowed | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.some(isNone)) return NONE;
  if (known.length === 0 && parts.length > 0) return undefined;
  const exact = known.length === parts.length && known.every((part) => part.exact);
  const kept = known.filter((part) => !isAll(part));
  return { sql: kept.length === 0 ? ALL.sql : joined(kept, " AND "), exact };
}

function some(parts: readonly (Narrowed | undefined)[]): Narrowed | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  if (known.some(isAll)) return { ...ALL, exact: known.some((part) => isAll(part) && part.exact) };
  const kept = known.filter((part) => !isNone(part));
  return { sql: kept.length === 0 ? NONE.sql : joined(kept, " OR "), exact: known.every((part) => part.exact) };
}

/** Of a condition that SQL knows only roughly, the opposite would leave rows out. */
function opposite(inner: Narrowed | undefined): Narrowed | undefined {
  if (inner === undefined || !inner.exact) return undefined;
  if (isAll(inner)) return NONE;
  return isNone(inner) ? ALL : { sql: (parameters) => `(${inner.sql(parameters)}) IS NOT TRUE`, exact: true };
}

function isAll({ sql }: Narrowed): boolean {
  return sql === ALL.sql;
}

function isNone({ sql }: Narrowed): boolean {
  return sql === NONE.sql;
}

function joined(parts: readonly Narrowed[], by: " AND " | " OR "): Sql {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.sql;
  return (parameters) => parts.map(({ sql }) => `(${sql(parameters)})`).join(by);
}

function narrowTest({ path, operator, operand }: Extract<Condition, { kind: "test" }>, columnOf: ColumnOf): Narrowed | undefined {
  const column = columnAt(path, columnOf);
  if (column === undefined || (operand.kind !== "literal" && operand.kind !== "dated")) return undefined;
  switch (operator) {
    case "$eq":
      return narrowed(equal(column, operand));
    case "$in":
      return narrowIn(column, operand);
    case "$exists":
      return operand.value === true ? ALL : NONE;
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return narrowed(compare(column, operator, operand.value));
    default:
      return undefined;
  }
}

/** Tests within a column are for each row alone. */
function columnAt({ root, segments: [field = "", ...inside] }: Path, columnOf: ColumnOf): Column | undefined {
  return (root === "root" || root === "prevRoot" || root === "element") && inside.length === 0 ? columnOf(field) : undefined;
}

type Written = Extract<Operand, { kind: "literal" | "dated" }>;

function equal(column: Column, { value }: Pick<Written, "value">): Test {
  return value === null ? isNull(column) : equalTo(column, value);
}

function narrowIn(column: Column, { value }: Written): Narrowed | undefined {
  const items = Array.isArray(value) ? (value as readonly Written["value"][]) : [value];
  return some(items.map((item) => narrowed(equal(column, { value: item }))));
}

function narrowed(test: Test): Narrowed | undefined {
  return test === "never" ? NONE : test;
}
