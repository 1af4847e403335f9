import { isRow, type Row, type Value } from "@backstitch/core/values";
import { isIndex } from "../facts/read.ts";
import { didYouMean, listOf } from "../json/index.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import type { AnalysisInput } from "./input.ts";
import type { WrittenRule } from "./written.ts";

export interface UnknownPath {
  readonly message: string;
  readonly remedy: string | undefined;
}

/** What is wrong with a path, by the columns that the rule's collections have, else by rows as they may be. Undefined: nothing, or it is not known. */
export type UnknownPaths = (path: Path) => UnknownPath | undefined;

export function unknownPaths({ summary }: WrittenRule, { columns, rows }: AnalysisInput): UnknownPaths {
  const { source, collections } = summary;
  const tables = collections.map((collection) => columns?.get(source)?.get(collection));
  const of = collections.length === 1 ? `${JSON.stringify(collections[0])} has` : `${listOf(collections)} have`;
  if (tables.length > 0 && tables.every((table) => table !== undefined)) {
    const names = [...new Set(tables.flatMap((table) => [...table.keys()]))];
    return ({ segments }) => byColumns(segments, names, of);
  }
  const samples = collections.map((collection) => rows?.get(source)?.get(collection) ?? []);
  if (samples.some((some) => some.length === 0)) return () => undefined;
  return (path) => (path.root === "key" ? undefined : byRows(path, samples.flat(), of));
}

function byColumns([name]: readonly string[], names: readonly string[], of: string): UnknownPath | undefined {
  if (name === undefined || names.includes(name)) return undefined;
  return { message: `${of} no column ${JSON.stringify(name)}.`, remedy: didYouMean(name, names) };
}

function byRows(path: Path, rows: readonly Row[], of: string): UnknownPath | undefined {
  let found: readonly Value[] = rows;
  for (const [index, name] of path.segments.entries()) {
    const parents = found.flatMap((value) => (Array.isArray(value) && !isIndex(name) ? (value as readonly Value[]) : [value]));
    const values = parents.flatMap((value) => childOf(value, name));
    const parentRows = parents.filter(isRow);
    if (values.length === 0 && parentRows.length > 0 && !isIndex(name)) {
      const short = nameOfPath({ root: path.root, segments: path.segments.slice(0, index + 1) });
      const names = [...new Set(parentRows.flatMap((row) => Object.keys(row)))];
      return { message: `${of} no ${JSON.stringify(short)} in any sample.`, remedy: didYouMean(name, names) };
    }
    found = values;
  }
  return undefined;
}

function childOf(value: Value, name: string): readonly Value[] {
  if (Array.isArray(value)) return isIndex(name) && Number(name) < value.length ? [(value as readonly Value[])[Number(name)] ?? null] : [];
  return isRow(value) && Object.hasOwn(value, name) ? [value[name] ?? null] : [];
}
