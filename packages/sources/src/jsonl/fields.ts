import { encodeValue, isRow, type Row, type Value } from "@backstitch/core/values";

/** A line cannot be read as an event. The message goes on after "Line 7". */
export class BadLine extends Error {
  override readonly name = "BadLine";
  /** The same without anything that the line holds. */
  readonly bare: string;

  constructor(message: string, bare = message) {
    super(message);
    this.bare = bare;
  }
}

/** @throws BadLine where it is not an object. */
export function rowField(fields: Row, name: string): Row {
  const value = fields[name];
  if (isRow(value)) return value;
  // What stands in a row's place may be a person's address, and this is logged: only its kind is said.
  return wrong(fields, name, "an object", typeof value === "string" ? '"…"' : undefined);
}

/** Null counts as absent. @throws BadLine where it is neither absent nor an object. */
export function optionalRow(fields: Row, name: string): Row | undefined {
  return fields[name] === undefined || fields[name] === null ? undefined : rowField(fields, name);
}

/** @throws BadLine where it is not a text, or absent without `absent`. */
export function textField(fields: Row, name: string, absent?: string): string {
  const value = fields[name] ?? absent;
  return typeof value === "string" && (value !== "" || absent !== undefined) ? value : wrong(fields, name, "a text");
}

/** @throws BadLine where it is neither absent nor a list of texts. */
export function namesField(fields: Row, name: string): readonly string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : wrong(fields, name, "a list of names");
}

/** @throws BadLine always. */
export function wrong(fields: Row, name: string, wanted: string, as = shown(fields[name])): never {
  const field = JSON.stringify(name);
  throw new BadLine(`has the ${field} ${as}; it must be ${wanted}`, `has a ${field} that is not ${wanted}`);
}

/** Short, since a row may be long; and only its kind where it may hold what belongs to people. */
function shown(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (isRow(value)) return "{…}";
  if (Array.isArray(value)) return "[…]";
  return encodeValue(value).slice(0, 60);
}
