import type { ChangeEvent } from "@backstitch/core/source";
import { isList, isRow, type Row, type Value } from "@backstitch/core/values";
import { parsePath } from "../../path/parse-path.ts";
import type { Siblings } from "./change.ts";

/** Enough: each is a mutant wherever the path stands. */
const MOST = 2;

/**
 * Names beside a path's last one, in the rows of these events and in what the rule reads: those whose values are of the same kind first.
 * @param each the list whose elements `item` is
 */
export function siblingsIn(events: readonly ChangeEvent[], reads: readonly string[], each?: Value): Siblings {
  const read = reads.map(parsePath).filter((path) => path !== undefined);
  const list = typeof each === "string" ? parsePath(each) : undefined;
  const holders = events.flatMap((event) => holdersOf(event, list));
  return (path) => {
    const [name = "", parent] = [path.at(-1), path.slice(0, -1)];
    const rows = holders.map((holder) => valueAt(holder, parent)).filter(isRow);
    const inRule = read.filter((other) => other.length === path.length && parent.every((step, index) => other[index] === step));
    const names = new Set([...rows.flatMap(Object.keys), ...inRule.map((other) => other.at(-1) ?? "")]);
    names.delete(name);
    const kind = kindIn(rows, name);
    const likeness = (one: string): number => (kindIn(rows, one) === kind ? 0 : 1);
    return [...names].sort((one, other) => likeness(one) - likeness(other) || (one < other ? -1 : 1)).slice(0, MOST);
  };
}

/** What paths lead into: the event's rows, and each element that it happens for. */
function holdersOf({ after, before, key }: ChangeEvent, list: readonly string[] | undefined): readonly Row[] {
  const rows: Row = { after, before: before ?? null, key };
  const items = list === undefined ? undefined : valueAt(rows, list);
  return [rows, ...(isList(items) ? items.map((item) => ({ item })) : [])];
}

function valueAt(holder: Row, path: readonly string[]): Value | undefined {
  let found: Value | undefined = holder;
  for (const segment of path) found = isRow(found) && Object.hasOwn(found, segment) ? found[segment] : undefined;
  return found;
}

function kindIn(rows: readonly Row[], name: string): string {
  const holder = rows.find((row) => Object.hasOwn(row, name));
  return typeof holder?.[name];
}
