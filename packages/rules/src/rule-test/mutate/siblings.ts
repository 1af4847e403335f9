import type { ChangeEvent } from "@backstitch/core/source";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import { parsePath } from "../../path/parse-path.ts";
import type { Siblings } from "./change.ts";

/** Enough: each is a mutant wherever the path stands. */
const MOST = 2;

/** Names beside a path's last one, in the rows of these events and in what the rule reads: those whose values are of the same kind first. */
export function siblingsIn(events: readonly ChangeEvent[], reads: readonly string[]): Siblings {
  const read = reads.map(parsePath).filter((path) => path !== undefined);
  return (path) => {
    const [name = "", parent] = [path.at(-1), path.slice(0, -1)];
    const rows = events.map((event) => rowAt(event, parent)).filter((row) => row !== undefined);
    const inRule = read.filter((other) => other.length === path.length && parent.every((step, index) => other[index] === step));
    const names = new Set([...rows.flatMap(Object.keys), ...inRule.map((other) => other.at(-1) ?? "")]);
    names.delete(name);
    const kind = kindIn(rows, name);
    const likeness = (one: string): number => (kindIn(rows, one) === kind ? 0 : 1);
    return [...names].sort((one, other) => likeness(one) - likeness(other) || (one < other ? -1 : 1)).slice(0, MOST);
  };
}

function rowAt({ after, before, key }: ChangeEvent, [root = "", ...segments]: readonly string[]): Row | undefined {
  const roots: Readonly<Record<string, Value | undefined>> = { after, before, key };
  let found = Object.hasOwn(roots, root) ? roots[root] : undefined;
  for (const segment of segments) found = isRow(found) && Object.hasOwn(found, segment) ? found[segment] : undefined;
  return isRow(found) ? found : undefined;
}

function kindIn(rows: readonly Row[], name: string): string {
  const holder = rows.find((row) => Object.hasOwn(row, name));
  return typeof holder?.[name];
}
