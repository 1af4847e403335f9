export { canonicalText } from "./canonical.ts";
export { compareNumbers, Decimal } from "./decimal.ts";
export { jsonText } from "./json-text.ts";
export { decodeValue, encodeValue, integer, isList, isRow, rowFrom, setField, type Row, type Value } from "./value.ts";
