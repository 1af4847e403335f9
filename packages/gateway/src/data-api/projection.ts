import { isRow, rowFrom, type Row } from "@backstitch/core/values";
import { DataApiError } from "./error.ts";
import { plain } from "./extended-json.ts";

/** `{a: 1}` keeps what is named, `{a: 0}` leaves it out; the key is kept unless it is left out. @throws DataApiError */
export function projection(given: Row | undefined, key: readonly string[]): (document: Row) => Row {
  if (given === undefined || Object.keys(given).length === 0) return (document) => document;
  const wanted = new Map(Object.entries(given).map(([name, value]) => [name, isWanted(name, value)]));
  const others = [...wanted].filter(([name]) => !key.includes(name));
  const keeps = others.some(([, is]) => is);
  if (keeps && others.some(([, is]) => !is))
    throw new DataApiError(400, "InvalidParameter", '"projection" either keeps fields or leaves fields out.');
  const isKept = (name: string): boolean => wanted.get(name) ?? (key.includes(name) || !keeps);
  return (document) => rowFrom(Object.entries(document).filter(([name]) => isKept(name)));
}

function isWanted(name: string, value: Row[string]): boolean {
  const said = isRow(value) ? plain(value) : value;
  if (said === 1 || said === true) return true;
  if (said === 0 || said === false) return false;
  throw new DataApiError(400, "InvalidParameter", `"projection" gives each field 1 or 0, and ${JSON.stringify(name)} neither.`);
}
