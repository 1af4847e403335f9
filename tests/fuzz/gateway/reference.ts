import { canonicalText, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { holds, type Names } from "./reference-condition.ts";
import type { FieldFile, FilterFile, RoleFile, RolesFile } from "./roles-file.ts";

/** The decision procedure as facts and docs tell it, over the file as it is written: naive, and made without a look at how it is decided elsewhere. */
export interface ReferenceWrite {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  readonly changed: readonly (readonly string[])[];
}

/** What the asker may read of a document. Undefined: for them it is not there. */
export function mayRead(file: RolesFile, asker: Names, document: Row): Row | undefined {
  // Whoever may write may read: as if they wrote it as it is.
  const names: Names = { ...asker, root: document, prevRoot: document };
  const filters = (file.filters ?? []).filter(({ applyWhen }) => given(applyWhen ?? true, asker));
  if (!filters.every((filter) => passes(filter, asker, document))) return undefined;
  const role = roleFor(file, asker, document);
  if (role === undefined) return undefined;
  if (role.documentFilters !== undefined && !given(role.documentFilters.read, names) && !given(role.documentFilters.write, names))
    return undefined;
  const isWhole = given(role.read, names) || given(role.write, names);
  if (!isWhole && role.read !== undefined) return undefined;
  const read = isWhole ? document : fieldsOf(document, role.fields ?? {}, role.additionalFields, names);
  if (!isWhole && Object.keys(read).length === 0) return undefined;
  // What a filter leaves out is left out of the answer; the document is there all the same.
  const without = filters.flatMap((filter) => filter.without ?? []);
  return rowFrom(Object.entries(read).filter(([name]) => !without.includes(name)));
}

/** Whether it may be added (no `before`), deleted (no `after`) or changed. */
export function mayChange(file: RolesFile, asker: Names, write: ReferenceWrite): boolean {
  const { before, after, changed } = write;
  const stored = before ?? after ?? rowFrom<Value>([]);
  const filters = (file.filters ?? []).filter(({ applyWhen }) => given(applyWhen ?? true, asker));
  // A filter is a query over what is there.
  if (before !== undefined && !filters.every((filter) => passes(filter, asker, before))) return false;
  const role = roleFor(file, asker, stored);
  if (role === undefined) return false;
  const may = (condition: Value | undefined): boolean => isTrueOfBoth(condition, asker, write);
  if (role.documentFilters !== undefined && !may(role.documentFilters.write)) return false;
  if (after === undefined) return may(role.delete);
  if (before === undefined && !may(role.insert)) return false;
  if (role.write !== undefined) return may(role.write);
  if (role.fields === undefined && role.additionalFields === undefined) return false;
  return changed.every((path) => may(entryOf(path, role)?.write));
}

/** Of a change what decides must be true before and after it, unless it looks at both by itself. */
function isTrueOfBoth(condition: Value | undefined, asker: Names, { before, after }: ReferenceWrite): boolean {
  if (after === undefined) return given(condition, { ...asker, root: before, prevRoot: before });
  if (before === undefined || JSON.stringify(condition ?? false).includes("prevRoot"))
    return given(condition, { ...asker, root: after, prevRoot: before });
  return given(condition, { ...asker, root: after, prevRoot: before }) && given(condition, { ...asker, root: before, prevRoot: before });
}

/** What is asked of somebody who gives parts of a document, or the whole: of it they see `shown`. */
export interface ReferenceRevision {
  readonly before: Row;
  readonly shown: Row;
  readonly given: Row;
  /** What it would be. */
  readonly after: Row;
  /** What is otherwise in it. */
  readonly changed: readonly (readonly string[])[];
}

/** Beside what is otherwise, each path that is given counts of which something is withheld, but for what is given as it is shown. */
export function mayRevise(file: RolesFile, asker: Names, { before, shown, given: body, after, changed }: ReferenceRevision): boolean {
  const guessed = pathsOf(body).filter((path) => {
    const seen = at(shown, path);
    if (seen === undefined) return !mayReadAt(file, asker, before, path);
    return !isObject(seen) && textOf(seen) !== textOf(at(before, path)) && textOf(seen) !== textOf(at(body, path));
  });
  const asked = [...guessed, ...changed];
  return asked.length === 0 || mayChange(file, asker, { before, after, changed: asked });
}

// oxlint-disable-next-line max-params -- who reads what of what
function mayReadAt(file: RolesFile, asker: Names, document: Row, path: readonly string[]): boolean {
  const filters = (file.filters ?? []).filter(({ applyWhen }) => given(applyWhen ?? true, asker));
  const role = roleFor(file, asker, document);
  if (role === undefined || filters.some(({ without }) => without?.includes(path[0] ?? ""))) return false;
  const names: Names = { ...asker, root: document, prevRoot: document };
  const decides = role.read !== undefined || given(role.write, names) ? role : entryOf(path, role);
  return given(decides?.read, names) || given(decides?.write, names);
}

function pathsOf(row: Row): readonly (readonly string[])[] {
  return Object.entries(row).flatMap(([name, value]) => {
    const inside = isObject(value) ? pathsOf(value) : [];
    return inside.length === 0 ? [[name]] : inside.map((path) => [name, ...path]);
  });
}

function at(row: Row, [name = "", ...inside]: readonly string[]): Value | undefined {
  const value = own(row, name);
  if (inside.length === 0 || value === undefined) return value;
  return isObject(value) ? at(value, inside) : undefined;
}

function textOf(value: Value | undefined): string | undefined {
  return value === undefined ? undefined : canonicalText(value);
}

/** What decides over a path: the outermost that says anything of it. */
function entryOf(
  [name = "", ...inside]: readonly string[],
  { fields, additionalFields }: Pick<RoleFile, "fields" | "additionalFields">,
): FieldFile | undefined {
  const entry: FieldFile | undefined = own(fields ?? {}, name) ?? additionalFields;
  if (entry === undefined || entry.read !== undefined || entry.write !== undefined || inside.length === 0) return entry;
  return entryOf(inside, entry.fields === undefined ? {} : { fields: entry.fields });
}

function passes({ query }: FilterFile, asker: Names, document: Row): boolean {
  return holds(query ?? true, { ...asker, "": document });
}

function roleFor({ roles }: RolesFile, asker: Names, document: Row): RoleFile | undefined {
  return roles.find(({ applyWhen }) => given(applyWhen ?? true, { ...asker, root: document }));
}

/** What may be read within a value of which nothing is said as a whole: of a list in each of its elements. */
function within(value: Value, fields: Readonly<Record<string, FieldFile>>, names: Names): Value | undefined {
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => within(item, fields, names)).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return undefined;
  const found = fieldsOf(value, fields, undefined, names);
  return Object.keys(found).length === 0 ? undefined : found;
}

function fieldsOf(document: Row, fields: Readonly<Record<string, FieldFile>>, others: FieldFile | undefined, names: Names): Row {
  const found: [string, Value][] = [];
  for (const [name, value] of Object.entries(document)) {
    const entry = own(fields, name) ?? others;
    if (entry === undefined) continue;
    if (given(entry.read, names) || given(entry.write, names)) found.push([name, value]);
    else if (entry.read === undefined && entry.write === undefined) {
      const inside = within(value, entry.fields ?? {}, names);
      if (inside !== undefined) found.push([name, inside]);
    }
  }
  return rowFrom(found);
}

function given(condition: Value | undefined, names: Names): boolean {
  return condition !== undefined && holds(condition, names);
}

function isObject(value: Value): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function own<Of>(from: Readonly<Record<string, Of>>, name: string): Of | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
