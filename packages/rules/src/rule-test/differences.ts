import type { Place } from "@backstitch/core/rules";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { equal } from "../condition/operators/compare.ts";
import type { LocatedPath } from "../json/index.ts";

/** One thing that came out otherwise than a test says. */
export interface Difference {
  /** Into the test: `["deliveries", 0, "args", "body"]`. */
  readonly path: LocatedPath;
  readonly place: Place;
  /** Undefined: nothing. */
  readonly expected: Value | undefined;
  /** Undefined: nothing. */
  readonly actual: Value | undefined;
}

/** A difference that has no place yet. */
export type Apart = Omit<Difference, "place">;

/** Where two values differ, as deep inside as can be said. `exact`: rows have the same keys; otherwise the actual ones may have more. */
export function apart(expected: Value | undefined, actual: Value | undefined, path: LocatedPath, exact: boolean): readonly Apart[] {
  if (isRow(expected) && isRow(actual)) return rowsApart(expected, actual, path, exact);
  if (isList(expected) && isList(actual) && expected.length === actual.length) {
    return expected.flatMap((item, index) => apart(item, actual[index], [...path, index], exact));
  }
  return same(expected, actual) ? [] : [{ path, expected, actual }];
}

function rowsApart(expected: Row, actual: Row, path: LocatedPath, exact: boolean): readonly Apart[] {
  const more = exact ? Object.keys(actual).filter((name) => !Object.hasOwn(expected, name)) : [];
  return [...Object.keys(expected), ...more].flatMap((name) => apart(own(expected, name), own(actual, name), [...path, name], exact));
}

function own(row: Row, name: string): Value | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** A key that is null is not one that is missing. */
function same(expected: Value | undefined, actual: Value | undefined): boolean {
  return (expected === undefined) === (actual === undefined) && equal(expected, actual);
}
