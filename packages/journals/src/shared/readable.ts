import { decodeValue, isRow, type Row } from "@backstitch/core/values";

/** Stored arguments; undefined: there are none, or they cannot be read, as nobody but a damaged journal has them. */
export function argumentsOf(text: string | null): Row | undefined {
  if (text === null) return undefined;
  try {
    const value = decodeValue(text);
    return isRow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
