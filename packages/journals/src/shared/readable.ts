import { decodeValue, isRow, type Row } from "@backstitch/core/values";

/** What was stored as one row; undefined: nothing was, or it cannot be read, as only in a damaged journal. One such row stops nobody. */
export function readRow(text: string | null): Row | undefined {
  if (text === null) return undefined;
  try {
    const value = decodeValue(text);
    return isRow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
