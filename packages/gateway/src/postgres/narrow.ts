import type { Condition, Operand, Path } from "@backstitch/rules/roles";
import type { Narrowing } from "../collections/visible.ts";
import type { Column } from "./catalogue.ts";
import { compare, equalTo, isNull, type Test } from "./tests.ts";

/** A condition as SQL. Rows that meet the condition meet it too; `exact`: no others do. Undefined: nothing can be said in SQL. */
export interface Narrowed {
  readonly text: string;
  readonly exact: boolean;
}

/** A statement as it is sent. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly (string | null)[];
}

/** Values of a statement, which never are part of its text. */
export class Parameters {
  private readonly values: (string | null)[] = [];

  /** What stands for the value in the text. @param type As SQL writes it, of the catalogue or written here. */
  add(value: string | null, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** The statement with the values that its text kept: the server asks of each what it is for. */
  statement(text: string): Statement {
    const values: (string | null)[] = [];
    const places = new Map<string, number>();
    const sql = text.replaceAll(NAME_OR_PLACE, (whole: string, place: string | undefined) => {
      if (place === undefined) return whole;
      const known = places.get(place) ?? values.push(this.values[Number(place) - 1] ?? null);
      places.set(place, known);
      return `$${known}`;
    });
    return { sql, values };
  }
}

/** A quoted name may look like anything. */
const NAME_OR_PLACE = /"(?:[^"]|"")*"|\$(\d+)/g;

export interface Narrowable {
  readonly parameters: Parameters;
  /** The column that a field is; undefined: it is none, or the asker may not know what is in it. */
  column(field: string): Column | undefined;
}

const ALL: Narrowed = { text: "TRUE", exact: true };
const NONE: Narrowed = { text: "FALSE", exact: true };

/** What of a condition the database can decide. Everything else is decided for each row, as is what it decided. */
export function narrow(condition: Narrowing, on: Narrowable): Narrowed | undefined {
  switch (condition.kind) {
    case "const":
      return condition.value ? ALL : NONE;
    case "and":
      return every(condition.all.map((part) => narrow(part, on)));
    case "or":
      return some(condition.any.map((part) => narrow(part, on)));
    case "not":
      return opposite(narrow(condition.condition, on));
    case "test":
      return narrowTest(condition, on);
    case "element":
    case "change":
    case "library":
    case "staged":
    case "engine":
    case "unknown":
      return undefined;
  }
}

function every(parts: readonly (Narrowed | undefined)[]): Narrowed | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.some(({ text }) => text === NONE.text)) return NONE;
  const texts = known.map(({ text }) => text).filter((text) => text !== ALL.text);
  if (known.length === 0 && parts.length > 0) return undefined;
  const exact = known.length === parts.length && known.every((part) => part.exact);
  return { text: texts.length === 0 ? ALL.text : texts.map((text) => `(${text})`).join(" AND "), exact };
}

function some(parts: readonly (Narrowed | undefined)[]): Narrowed | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  const texts = known.map(({ text }) => text).filter((text) => text !== NONE.text);
  if (texts.includes(ALL.text)) return known.some(({ text, exact }) => text === ALL.text && exact) ? ALL : { ...ALL, exact: false };
  return { text: texts.length === 0 ? NONE.text : texts.map((text) => `(${text})`).join(" OR "), exact: known.every((part) => part.exact) };
}

/** Of a condition that SQL knows only roughly, the opposite would leave rows out. */
function opposite(inner: Narrowed | undefined): Narrowed | undefined {
  if (inner === undefined || !inner.exact) return undefined;
  if (inner.text === ALL.text) return NONE;
  return inner.text === NONE.text ? ALL : { text: `(${inner.text}) IS NOT TRUE`, exact: true };
}

function narrowTest({ path, operator, operand }: Extract<Condition, { kind: "test" }>, on: Narrowable): Narrowed | undefined {
  const column = columnOf(path, on);
  if (column === undefined || (operand.kind !== "literal" && operand.kind !== "dated")) return undefined;
  switch (operator) {
    case "$eq":
      return narrowed(equal(column, operand, on));
    case "$in":
      return narrowIn(column, operand, on);
    case "$exists":
      return operand.value === true ? ALL : NONE;
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return narrowed(compare(column, operator, operand.value, on.parameters));
    default:
      return undefined;
  }
}

/** Tests within a column are for each row alone. */
function columnOf({ root, segments: [field = "", ...inside] }: Path, on: Narrowable): Column | undefined {
  return (root === "root" || root === "prevRoot" || root === "element") && inside.length === 0 ? on.column(field) : undefined;
}

type Written = Extract<Operand, { kind: "literal" | "dated" }>;

function equal(column: Column, { value }: Pick<Written, "value">, { parameters }: Narrowable): Test {
  return value === null ? isNull(column) : equalTo(column, value, parameters);
}

function narrowIn(column: Column, { value }: Written, on: Narrowable): Narrowed | undefined {
  const items = Array.isArray(value) ? (value as readonly Written["value"][]) : [value];
  return some(items.map((item) => narrowed(equal(column, { value: item }, on))));
}

function narrowed(test: Test): Narrowed | undefined {
  return test === "never" ? NONE : test;
}
