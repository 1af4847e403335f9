import { Int32, type Document } from "bson";
import { CommandFailed } from "./errors.ts";
import { isDocument, keyText } from "./match.ts";

/** The document after an update: a replacement, operators ($set, $unset, $inc, $push) or a pipeline of $set and $unset. */
export function updated(document: Document, update: Document | readonly Document[]): Document {
  if (Array.isArray(update)) return update.reduce<Document>((current, stage: Document) => byOperators(current, stage), document);
  const change = update as Document;
  return isReplacement(change) ? { _id: document["_id"], ...change } : byOperators(document, change);
}

/** Whether it is a document rather than operators on one. */
export function isReplacement(update: Document | readonly Document[]): boolean {
  return !Array.isArray(update) && !Object.keys(update).some((name) => name.startsWith("$"));
}

function byOperators(document: Document, operators: Document): Document {
  let result = document;
  for (const [operator, fields] of Object.entries(operators)) {
    // In a pipeline it is a name or a list of names.
    const paths = typeof fields === "string" ? [fields] : Array.isArray(fields) ? (fields as string[]) : Object.keys(fields as Document);
    for (const path of paths) result = changeAt(result, path.split("."), (old) => applied(operator, old, (fields as Document)[path]));
  }
  return result;
}

/** Undefined: the field goes. */
function applied(operator: string, old: unknown, operand: unknown): unknown {
  switch (operator) {
    case "$set":
      return operand;
    case "$unset":
      return undefined;
    case "$inc":
      return new Int32(Number(old ?? 0) + Number(operand));
    case "$push":
      return [...((old as unknown[] | undefined) ?? []), operand];
    default:
      throw new CommandFailed(9, `Unknown modifier: ${operator}`);
  }
}

function changeAt(within: Document, [name = "", ...rest]: readonly string[], change: (old: unknown) => unknown): Document {
  const old: unknown = within[name];
  const value = rest.length === 0 ? change(old) : changeAt(old ?? {}, rest, change);
  if (Array.isArray(within)) return within.map((item: unknown, index) => (String(index) === name ? value : item));
  const { [name]: _, ...others } = within;
  return value === undefined ? others : Object.hasOwn(within, name) ? { ...within, [name]: value } : { ...others, [name]: value };
}

/** What a change event says of an update, found by comparing. */
export interface UpdateDescription {
  readonly updatedFields: Document;
  readonly removedFields: string[];
  readonly truncatedArrays: { readonly field: string; readonly newSize: number }[];
}

/** Told as servers do: fields within documents and arrays by their paths. */
export function describeUpdate(before: Document, after: Document): UpdateDescription {
  const description: UpdateDescription = { updatedFields: {}, removedFields: [], truncatedArrays: [] };
  compare(before, after, "", description);
  return description;
}

function compare(before: Document, after: Document, prefix: string, into: UpdateDescription): void {
  for (const [name, value] of Object.entries(after)) {
    const path = `${prefix}${name}`;
    const old: unknown = Object.hasOwn(before, name) ? before[name] : undefined;
    if (isDocument(old) && isDocument(value)) compare(old, value, `${path}.`, into);
    else if (Array.isArray(old) && Array.isArray(value)) compareLists(old, value, path, into);
    else if (!Object.hasOwn(before, name) || keyText(old) !== keyText(value) || typeOf(old) !== typeOf(value))
      into.updatedFields[path] = value;
  }
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) into.removedFields.push(`${prefix}${name}`);
}

function compareLists(before: readonly unknown[], after: readonly unknown[], path: string, into: UpdateDescription): void {
  if (after.length < before.length) into.truncatedArrays.push({ field: path, newSize: after.length });
  compare(Object.assign({}, before.slice(0, after.length)), Object.assign({}, after), `${path}.`, into);
}

function typeOf(value: unknown): unknown {
  return (value as { readonly _bsontype?: unknown } | null | undefined)?._bsontype ?? typeof value;
}
