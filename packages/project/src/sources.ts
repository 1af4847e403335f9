import type { Problem } from "@backstitch/core/rules";
import type { Source } from "@backstitch/core/source";
import type { SourceFacts } from "@backstitch/rules";
import { didYouMean, listOf, schemaProblems, type Located } from "@backstitch/rules/json";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { entriesAt, textAt } from "./located-value.ts";
import { problemAt } from "./problem.ts";
import { validate } from "./schema/validate.ts";
import type { SourceType, Tables } from "./tables.ts";

/** A source as the project configures it. */
export interface ConfiguredSource {
  readonly name: string;
  readonly type: string;
  /** Valid by the type's schema, secrets resolved. */
  readonly config: unknown;
  /** What it can send; undefined: that is not known. */
  sends(): Promise<SourceFacts | undefined>;
  open(): Promise<Source>;
}

interface Context {
  readonly folder: string;
  readonly tables: Tables;
  readonly variables: Environment;
}

/** Reads `sources` of `backstitch.json`. `names` has every source that is written there, right or wrong. */
export function readSources(
  located: Located | undefined,
  context: Context,
): { readonly sources: readonly ConfiguredSource[]; readonly names: readonly string[]; readonly problems: readonly Problem[] } {
  if (located === undefined) return { sources: [], names: [], problems: [] };
  const written = entriesAt(located, ["sources"]);
  const read = written.map(([name, value]) => readSource(name, value, located, context));
  return {
    sources: read.flatMap(({ source }) => (source === undefined ? [] : [source])),
    names: written.map(([name]) => name),
    problems: read.flatMap(({ problems }) => problems),
  };
}

interface ReadSource {
  readonly source?: ConfiguredSource;
  readonly problems: readonly Problem[];
}

function readSource(name: string, written: unknown, located: Located, { folder, tables, variables: environment }: Context): ReadSource {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return { problems: [badName(name, located)] };
  // The manifest's schema has said that this is no object.
  if (typeof written !== "object" || written === null || Array.isArray(written)) return { problems: [] };
  const found = sourceType(name, located, tables);
  if ("problem" in found) return { problems: [found.problem] };
  const { type, definition } = found;
  const { type: _, ...rest } = written as Readonly<Record<string, unknown>>;
  const place = { located, at: ["sources", name], schema: definition.config, validate, environment };
  const { value: config, problems: invalid } = readConfiguration(rest, place, "SOURCE");
  const faults = invalid.length === 0 ? (definition.faults?.(config as never) ?? []) : [];
  const problems = [...invalid, ...schemaProblems(located, faults, { code: "SOURCE", at: place.at })];
  const source: ConfiguredSource = {
    name,
    type,
    config,
    sends: async () => definition.sends?.(config as never),
    open: () => definition.open(name, config as never, { folder }),
  };
  return { source, problems };
}

function sourceType(
  name: string,
  located: Located,
  { sources }: Tables,
): { readonly type: string; readonly definition: SourceType } | { readonly problem: Problem } {
  const known = Object.keys(sources);
  const type = textAt(located, ["sources", name, "type"]);
  const definition = type !== undefined && Object.hasOwn(sources, type) ? sources[type] : undefined;
  if (type !== undefined && definition !== undefined) return { type, definition };
  const place = located.placeOf(["sources", name, "type"]);
  const types = `The types are ${listOf(known)}.`;
  if (type === undefined)
    return { problem: problemAt(place, "SOURCE_TYPE_MISSING", `Source ${JSON.stringify(name)} has no "type".`, types) };
  const message = `Source ${JSON.stringify(name)} has the type ${JSON.stringify(type)}, which is not known.`;
  return { problem: problemAt(place, "SOURCE_TYPE_UNKNOWN", message, didYouMean(type, known) ?? types) };
}

function badName(name: string, located: Located): Problem {
  const message = `${JSON.stringify(name)} is not a name for a source: a name has letters (A to Z), digits, dots, dashes and underscores.`;
  return problemAt(located.placeOf(["sources", name], "key"), "SOURCE_NAME_INVALID", message);
}
