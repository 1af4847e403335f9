import { canonicalText, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";

/** The paths that somebody wrote and that are otherwise now: of an embedded document the parts of it. @param written @default all fields */
export function changedPaths(
  before: Row,
  after: Row,
  written: readonly string[] = Object.keys({ ...before, ...after }),
): readonly (readonly string[])[] {
  return written.flatMap((name) => differing([name], valueAt(before, name), valueAt(after, name)));
}

function differing(path: readonly string[], before: Value | undefined, after: Value | undefined): readonly (readonly string[])[] {
  if (before !== undefined && after !== undefined && canonicalText(before) === canonicalText(after)) return [];
  if (before === undefined && after === undefined) return [];
  const one = isRow(before) ? before : undefined;
  const other = isRow(after) ? after : undefined;
  const isWithin = (one !== undefined || before === undefined) && (other !== undefined || after === undefined);
  const names = isWithin ? [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])] : [];
  if (names.length === 0) return [path];
  return names.flatMap((name) => differing([...path, name], valueAt(one ?? {}, name), valueAt(other ?? {}, name)));
}

function valueAt(row: Row, name: string): Value | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}

/** The fields that are otherwise now. */
export function changedFields(before: Row, after: Row): readonly string[] {
  return [...new Set(changedPaths(before, after).map(([name = ""]) => name))];
}

/** A document with some fields given anew. Of a row null is null; where a column holds the documents, the field is gone. @param held That column. */
export function patched(held: string | undefined, before: Row, given: Row): Row {
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
