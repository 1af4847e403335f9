import { isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";

/** What an update did to the document's top-level fields. */
export interface Update {
  readonly changed: readonly string[];
  /** The fields that were set as a whole: what they hold since. */
  readonly set: Row;
}

/**
 * Reads `updateDescription`. Its paths are dotted (`address.zip`, `items.0.price`), and a dot may be part of a field's name: where the server says so
 * (`disambiguatedPaths`) it is taken at its word, else `names` decides, the fields that the document is known to have.
 * @throws TypeError where it is no such description.
 */
export function readUpdate(description: Value | undefined, names: ReadonlySet<string>): Update {
  if (!isRow(description)) throw new TypeError('The update has no "updateDescription".');
  const { updatedFields = {}, removedFields = [], truncatedArrays = [], disambiguatedPaths = {} } = description;
  if (!isRow(updatedFields)) throw new TypeError('"updateDescription.updatedFields" is not an object.');
  const top = (path: string): readonly string[] => topOf(path, own(disambiguatedPaths, path), names);
  const paths = [
    ...Object.keys(updatedFields),
    ...pathsOf(removedFields, (one) => one),
    ...pathsOf(truncatedArrays, (one) => own(one, "field")),
  ];
  const whole = Object.entries(updatedFields).filter(([path]) => top(path).length === 1 && top(path)[0] === path);
  return { changed: [...new Set(paths.flatMap(top))], set: rowFrom(whole) };
}

/** A path whose first dot may or may not be part of a name stands for either. */
function topOf(path: string, parts: Value | undefined, names: ReadonlySet<string>): readonly string[] {
  const [told] = isList(parts) ? parts : [];
  if (typeof told === "string") return [told];
  const dot = path.indexOf(".");
  const first = dot === -1 ? path : path.slice(0, dot);
  return first !== path && names.has(path) ? (names.has(first) ? [first, path] : [path]) : [first];
}

function pathsOf(list: Value | undefined, pathOf: (one: Value) => Value | undefined): readonly string[] {
  if (list === undefined || list === null) return [];
  const paths = isList(list) ? list.map(pathOf) : [undefined];
  if (!paths.every((path) => typeof path === "string"))
    throw new TypeError('"updateDescription" names fields by something else than texts.');
  return paths;
}

function own(value: Value, name: string): Value | undefined {
  return isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
