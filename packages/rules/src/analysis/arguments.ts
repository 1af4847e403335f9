import type { JsonSchema } from "@backstitch/core/connector";
import type { Place } from "@backstitch/core/rules";
import type { Value } from "@backstitch/core/values";
import { childSchema } from "../arguments/schema-walk.ts";
import type { Mark } from "../condition/marks.ts";
import { nameOfFile } from "../files.ts";
import { parsePath } from "../path/parse-path.ts";
import { EVENT_ROOTS, isPathFault, ITEM_ROOTS, LINK_ROOT, resolveSegments, type Path, type Scope } from "../path/resolve-path.ts";
import { rowOf } from "./describe.ts";
import type { Study } from "./study.ts";
import type { WrittenEntry, WrittenRule } from "./written.ts";

/** An argument, or a part of one, that is made of the event. */
export interface WrittenArgument {
  readonly entry: WrittenEntry;
  readonly mark: Mark;
  readonly form: "path" | "text";
  readonly reads: readonly { readonly path: Path; readonly place: Place }[];
  /** What is printed as it is, whatever happens: `{{ after.x }}`, without filter, in no branch. */
  readonly prints: readonly Path[];
  readonly schema: JsonSchema | undefined;
}

const known = new WeakMap<WrittenRule, readonly WrittenArgument[]>();

/** Every such argument of a rule, and the lists that its entries go through. */
export function argumentsOf(study: Study, rule: WrittenRule): readonly WrittenArgument[] {
  const before = known.get(rule);
  if (before !== undefined) return before;
  const found = rule.entries.flatMap((entry) => [...ofEntry(study, entry)]);
  known.set(rule, found);
  return found;
}

function* ofEntry(study: Study, entry: WrittenEntry): Iterable<WrittenArgument> {
  const { located, at, each, args, schema } = entry;
  const part: Part = { entry, mark: { located, at: [...at, "with"] }, value: args, schema };
  if (typeof each === "string") {
    const mark = { located, at: [...at, "each"] };
    for (const found of ofPath(study, { ...part, mark, schema: undefined }, each)) yield { ...found, prints: [] };
  }
  yield* within(study, part);
  for (const { at: linkAt, args: value, schema: taken } of entry.links)
    yield* within(study, { entry, mark: { located, at: [...linkAt, "with"] }, value, schema: taken });
}

interface Part {
  readonly entry: WrittenEntry;
  readonly mark: Mark;
  readonly value: Value;
  readonly schema: JsonSchema | undefined;
}

function* within(study: Study, part: Part): Iterable<WrittenArgument> {
  const { mark, value, schema } = part;
  if (typeof value === "string") return yield* ofText(study, part, { text: value, placeAt: () => mark.located.placeOf(mark.at) });
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly Value[]).entries()) yield* within(study, childOf(part, index, item));
    return;
  }
  const row = rowOf(value);
  const { $path: path, $template: file } = row;
  if (Object.hasOwn(row, "$literal")) return;
  if (typeof path === "string") return yield* ofPath(study, { ...part, mark: { ...mark, at: [...mark.at, "$path"] } }, path);
  if (typeof file === "string") {
    const text = study.templates.get(file) ?? "";
    const placeAt = (line: number, column: number): Place => ({ file: `templates/${file}`, line, column });
    return yield* ofText(study, { ...part, schema }, { text, placeAt });
  }
  for (const [name, item] of Object.entries(row)) yield* within(study, childOf(part, name, item));
}

function childOf({ entry, mark, schema }: Part, key: string | number, value: Value): Part {
  return { entry, mark: { ...mark, at: [...mark.at, key] }, value, schema: childSchema(schema, key) };
}

function* ofPath(study: Study, { entry, mark, schema }: Part, text: string): Iterable<WrittenArgument> {
  const path = resolved(study, entry, parsePath(text) ?? []);
  if (path === undefined) return;
  yield {
    entry,
    mark,
    form: "path",
    reads: [{ path: throughList(entry, path), place: mark.located.placeOf(mark.at) }],
    prints: [path],
    schema,
  };
}

interface Text {
  readonly text: string;
  placeAt(line: number, column: number): Place;
}

function* ofText(study: Study, { entry, mark, schema }: Part, { text, placeAt }: Text): Iterable<WrittenArgument> {
  if (!text.includes("{{") && !text.includes("{%")) return;
  const parsed = study.parse({ text, lands: "text", placeAt }, scopeOf(study, entry));
  if (parsed === undefined) return;
  const variables = Object.values(parsed.liquid.analyzeSync([...parsed.templates]).globals).flat();
  const reads = parsed.reads.map((path, index) => {
    const { row = 1, col = 1, file } = variables[index]?.location ?? {};
    return {
      path: throughList(entry, path),
      place: file === undefined ? placeAt(row, col) : { file: `templates/${file}`, line: row, column: col },
    };
  });
  const printed = text.includes("{%") ? [] : [...text.matchAll(/\{\{-?\s*([\w.]+)\s*-?\}\}/g)];
  const prints = printed.flatMap(([, name = ""]) => resolved(study, entry, name.split(".")) ?? []);
  yield { entry, mark, form: "text", reads, prints, schema };
}

function resolved(study: Study, entry: WrittenEntry, segments: readonly string[]): Path | undefined {
  const path = resolveSegments(segments, scopeOf(study, entry));
  return isPathFault(path) ? undefined : path;
}

function scopeOf({ files }: Study, { each, links }: WrittenEntry): Scope {
  const values = files.values.map((file) => nameOfFile(file, "values", ".json"));
  const roots = [...EVENT_ROOTS, ...(each === undefined ? [] : ITEM_ROOTS), ...(links.length === 0 ? [] : ([LINK_ROOT] as const))];
  return { roots, values, links: links.map(({ name }) => name) };
}

/** Of an element, the path through the list that it is of. */
export function throughList({ each }: Pick<WrittenEntry, "each">, path: Path): Path {
  const list = path.root === "item" && typeof each === "string" ? parsePath(each) : undefined;
  const [root, ...segments] = list ?? [];
  return EVENT_ROOTS.some((name) => name === root) ? { root: root as Path["root"], segments: [...segments, ...path.segments] } : path;
}
