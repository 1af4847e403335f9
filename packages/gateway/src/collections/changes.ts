import { canonicalText, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { pathReader, readable, type Asker, type CollectionRules } from "@backstitch/rules/roles";

/** The paths that somebody wrote and that are otherwise now: of an embedded document the parts of it. @param written @default all fields */
export function changedPaths(
  before: Row,
  after: Row,
  written: readonly string[] = Object.keys({ ...before, ...after }),
): readonly (readonly string[])[] {
  return written.flatMap((name) => differing([name], valueAt(before, name), valueAt(after, name)));
}

function differing(path: readonly string[], before: Value | undefined, after: Value | undefined): readonly (readonly string[])[] {
  if (isSame(before, after)) return [];
  const names = namesWithin(before, after);
  if (names.length === 0) return [path];
  return names.flatMap((name) => differing([...path, name], within(before, name), within(after, name)));
}

function isSame(one: Value | undefined, other: Value | undefined): boolean {
  return one === undefined || other === undefined ? one === other : canonicalText(one) === canonicalText(other);
}

/** Of two that are embedded documents, or not there. */
function namesWithin(before: Value | undefined, after: Value | undefined): readonly string[] {
  const both = [before, after].filter((value) => value !== undefined);
  return both.every(isRow) ? [...new Set(both.flatMap((row) => Object.keys(row)))] : [];
}

function valueAt(row: Row, name: string): Value | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** What somebody wants a document to become. */
export interface Revision {
  /** What is written, each by its path, whatever is there. */
  readonly written: readonly (readonly string[])[];
  /** What becomes of a document, or of the part of it that somebody sees. */
  readonly revise: (document: Row) => Row;
}

/** A revision of one document by somebody. */
export interface Revised {
  /** As the document is to be. */
  readonly document: Row;
  /** Those that are to be written. */
  readonly fields: readonly string[];
  /** The written paths of which something is withheld: they count as changed even when they are equal, or guesses would be answered. */
  readonly withheld: readonly (readonly string[])[];
}

/** What somebody sees of a document that they revise. */
export interface Sight {
  /** What they may read of it, and what else they write. */
  readonly seen: Row;
  /** The written paths that they may not read. */
  readonly withheld: readonly (readonly string[])[];
}

export function sightOf(rules: CollectionRules, asker: Asker, before: Row, { written }: Pick<Revision, "written">): Sight {
  const shown = readable(rules, asker, before) ?? {};
  if (shown === before) return { seen: before, withheld: [] };
  const mayRead = pathReader(rules, asker, before);
  const withheld = written.filter((path) => valueAtPath(shown, path) === undefined && !mayRead(path));
  return { seen: withheld.reduce((seen, path) => withPath(seen, path, valueAtPath(before, path)), shown), withheld };
}

/** Revises what is seen; what is not seen stays as it is. */
export function revisedBy(before: Row, { seen, withheld }: Sight, { revise }: Pick<Revision, "revise">): Revised {
  const wanted = revise(seen);
  const changed = changedPaths(seen, wanted);
  // Of a list of which something is withheld a part was seen.
  const partly = changed.filter((path) => !isSame(valueAtPath(seen, path), valueAtPath(before, path)));
  return {
    document: laidOver(before, seen, wanted) as Row,
    fields: [...new Set([...withheld, ...changed].map(([name = ""]) => name))],
    withheld: [...withheld, ...partly],
  };
}

/** What the rules are asked about. @param after As it is stored by now. */
export function askedPaths(before: Row, after: Row, { fields, withheld }: Revised): readonly (readonly string[])[] {
  return [...withheld, ...changedPaths(before, after, fields)];
}

/** What was made otherwise of what is seen of a value, is otherwise in it. */
function laidOver(stored: Value | undefined, seen: Value | undefined, wanted: Value | undefined): Value | undefined {
  if (isSame(seen, wanted)) return stored;
  const names = namesWithin(seen, wanted);
  if (names.length === 0 || (stored !== undefined && !isRow(stored))) return wanted;
  const fields = new Map(Object.entries(stored ?? {}));
  for (const name of names) {
    const value = laidOver(fields.get(name), within(seen, name), within(wanted, name));
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  }
  return wanted === undefined && fields.size === 0 ? undefined : rowFrom(fields);
}

function within(value: Value | undefined, name: string): Value | undefined {
  return isRow(value) ? valueAt(value, name) : undefined;
}

function valueAtPath(row: Row, path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>(within, row);
}

function withPath(row: Row, [name = "", ...inside]: readonly string[], value: Value | undefined): Row {
  if (value === undefined) return row;
  const held = valueAt(row, name);
  return rowFrom([...Object.entries(row), [name, inside.length === 0 ? value : withPath(isRow(held) ? held : {}, inside, value)]]);
}

/** Every path of a row at which no further row is. */
export function leavesOf(row: Row, at: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(row).flatMap(([name, value]) =>
    isRow(value) && Object.keys(value).length > 0 ? leavesOf(value, [...at, name]) : [[...at, name]],
  );
}

/** Some fields given anew. @param held As of `patched` */
export function patchOf(held: string | undefined, given: Row): Revision {
  return { written: leavesOf(given), revise: (document) => patched(held, document, given) };
}

/**
 * Another document in the place of the one that is there. What is withheld of that and is not given stays.
 * @param held As of `inPlaceOf` @param lasting What of a document need not be given. @default nothing
 */
export function replacementOf(held: string | undefined, given: Row, lasting: (document: Row) => Row = () => ({})): Revision {
  const whole = (document: Row): Row => rowFrom([...Object.entries(lasting(document)), ...Object.entries(given)]);
  return { written: leavesOf(given), revise: (document) => inPlaceOf(held, document, whole(document)) };
}

/** A document with some fields given anew. Of a row null is null; where a column holds the documents, the field is gone. @param held That column. */
function patched(held: string | undefined, before: Row, given: Row): Row {
  if (held !== undefined) return merged(before, given);
  const values = Object.entries(given).map(([name, value]) => [name, isRow(value) ? merged(before[name], value) : value] as const);
  return rowFrom([...Object.entries(before), ...values]);
}

/** What a document is once another has taken its place. Of a row, what is not given is null. @param held The column that holds the documents. */
export function inPlaceOf(held: string | undefined, before: Row, given: Row): Row {
  const absent = held === undefined ? Object.keys(before).filter((name) => !Object.hasOwn(given, name)) : [];
  return rowFrom([...Object.entries(given), ...absent.map((name) => [name, null] as const)]);
}

/** https://www.rfc-editor.org/rfc/rfc7396: objects are merged, null removes within them, everything else replaces. */
function merged(target: Value | undefined, patch: Row): Row {
  const fields = new Map(Object.entries(isRow(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) fields.delete(name);
    else fields.set(name, isRow(value) ? merged(fields.get(name), value) : value);
  }
  return rowFrom(fields);
}
