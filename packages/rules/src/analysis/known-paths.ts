import type { JsonSchema } from "@backstitch/core/connector";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import { isIndex } from "../facts/read.ts";
import { didYouMean, listOf } from "../json/index.ts";
import { pathText } from "../path/parse-path.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import type { AnalysisInput } from "./input.ts";
import type { WrittenGuard, WrittenRule } from "./written.ts";

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

/** What is wrong with a path of a guard: none of its actions has such an argument. */
export function unknownArguments({ actions }: WrittenGuard): UnknownPaths {
  const of = actions.size === 1 ? `${listOf([...actions.keys()])} has` : `${listOf([...actions.keys()])} have`;
  return ({ root, segments }) => {
    const found = root === "args" ? [...actions.values()].map((schema) => firstUnknown(schema, segments)) : [];
    const unknown = found.filter((one) => one !== undefined);
    const [first] = unknown;
    if (first === undefined || unknown.length < found.length) return undefined;
    const names = unknown.flatMap((one) => one.names);
    return { message: `${of} no argument ${JSON.stringify(first.name)}.`, remedy: didYouMean(first.last, [...new Set(names)]) };
  };
}

interface UnknownName {
  /** `media.url` */
  readonly name: string;
  readonly last: string;
  /** Those that are there in its place. */
  readonly names: readonly string[];
}

/** The first name of a path that an object refuses; undefined: none, or the schema does not say. */
function firstUnknown(schema: JsonSchema | undefined, segments: readonly string[]): UnknownName | undefined {
  let here = schema;
  for (const [index, last] of segments.entries()) {
    const isElement = here?.items !== undefined && isIndex(last);
    here = here?.items ?? here;
    if (isElement) continue;
    const { properties = {}, additionalProperties } = here ?? {};
    const isKnown = Object.hasOwn(properties, last);
    if (!isKnown && additionalProperties === false)
      return { name: pathText(segments.slice(0, index + 1)), last, names: Object.keys(properties) };
    here = isKnown ? properties[last] : typeof additionalProperties === "object" ? additionalProperties : undefined;
  }
  return undefined;
}
