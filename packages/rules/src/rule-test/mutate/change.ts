import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { LocatedPath } from "../../json/index.ts";

/** One small change of a rule's JSON. */
export interface Change {
  /** Where a person would make it. */
  readonly shownAt: LocatedPath;
  readonly what: "key" | "value";
  /** `$lt → $lte` */
  readonly says: string;
  /** What is replaced. */
  readonly at: LocatedPath;
  /** By what: made when it is wanted, since most changes of a large rule are not tried. */
  to(): Value;
}

export type Changes = Generator<Change>;

/** Names that could stand in place of a path's last one. */
export type Siblings = (path: readonly string[]) => readonly string[];

export function replaced(at: LocatedPath, says: string, to: Value): Change {
  return { shownAt: at, what: "value", says, at, to: () => to };
}

/** An object with another key in a key's place; nothing where it has that key already. */
export function* renamed(row: Row, at: LocatedPath, key: string, to: string): Changes {
  if (Object.hasOwn(row, to)) return;
  const entries = (): Row => rowFrom(Object.entries(row).map(([name, item]) => [name === key ? to : name, item] as const));
  yield { shownAt: [...at, key], what: "key", says: `${key} → ${to}`, at, to: entries };
}

/** An object whose negation is none: a list of one, which all must hold, in its place. */
export function withoutNot(row: Row, at: LocatedPath, [not, all]: readonly [not: string, all: string]): Change {
  const entries = (): Row =>
    rowFrom(Object.entries(row).map(([name, item]): [string, Value] => (name === not ? [all, [item]] : [name, item])));
  return { shownAt: [...at, not], what: "key", says: `without ${not}`, at, to: entries };
}

/** A list without one of its items, for each of them; never an empty one. */
export function* dropped(list: readonly Value[], at: LocatedPath): Changes {
  if (list.length < 2) return;
  for (const index of list.keys()) {
    yield { shownAt: [...at, index], what: "value", says: "left out", at, to: () => list.toSpliced(index, 1) };
  }
}

/** The value with the change made. */
export function changed(value: Value, [step, ...rest]: LocatedPath, to: Value): Value {
  if (step === undefined) return to;
  if (isList(value)) return value.map((item, index) => (index === step ? changed(item, rest, to) : item));
  if (!isRow(value)) return value;
  return rowFrom(Object.entries(value).map(([name, item]) => [name, name === step ? changed(item, rest, to) : item] as const));
}
