import { compareNumbers, Decimal, integer, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import type { AttributeValue, Image } from "./record.ts";

/** An item as a row: own properties only, whatever its attributes are called. @throws RangeError or TypeError as {@link decodeAttribute}. */
export function decodeImage(image: Image): Row {
  if (!isRow(image as unknown as Value)) throw new TypeError("An item of the record is not an object.");
  return rowFrom(Object.entries(image).map(([name, attribute]) => [name, decodeAttribute(attribute)]));
}

/**
 * A DynamoDB value without loss: sets are arrays, binary is base64, see {@link decodeNumber}.
 * @throws TypeError for a type that DynamoDB does not have. @throws RangeError for a number that is none.
 */
export function decodeAttribute(attribute: AttributeValue): Value {
  if (!isRow(attribute as unknown as Value))
    throw new TypeError('A value of the record is not an object like {"S": "…"}: the item is not DynamoDB\'s JSON.');
  const { S, N, BOOL, M, L, NULL, B, NS } = attribute;
  if (typeof S === "string") return S;
  if (typeof N === "string") return decodeNumber(N);
  if (typeof BOOL === "boolean") return BOOL;
  if (M !== undefined) return decodeImage(M);
  if (Array.isArray(L)) return L.map(decodeAttribute);
  if (NULL !== undefined) return null;
  if (typeof B === "string") return B;
  if (areTexts(NS)) return NS.map(decodeNumber);
  const strings = attribute.SS ?? attribute.BS;
  if (areTexts(strings)) return strings;
  // Not quoted: an item in plain JSON has names of its own there, which may be of people.
  throw new TypeError("A value of the record has none of the types of DynamoDB's JSON: S, N, B, BOOL, NULL, M, L, SS, NS, BS.");
}

function areTexts(set: readonly string[] | undefined): set is readonly string[] {
  return Array.isArray(set) && set.every((one) => typeof one === "string");
}

/** `number` where that keeps every digit, `bigint` for other integers, else {@link Decimal}: DynamoDB has one type for all of them. */
function decodeNumber(text: string): number | bigint | Decimal {
  if (/^-?\d+$/.test(text)) return integer(text);
  const decimal = decimalOf(text);
  const number = Number(text);
  const inRange = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return inRange && compareNumbers(number, decimal) === 0 ? number : decimal;
}

/** The value is not quoted: it stands in a reason, which is logged. */
function decimalOf(text: string): Decimal {
  try {
    return Decimal.parse(text);
  } catch {
    throw new RangeError("A number of the record is not a decimal number.");
  }
}

/** Which attributes differ between two images: the order in sets and maps is no difference. */
export function changedAttributes(before: Image, after: Image): string[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names].filter((name) => canonical(own(before, name)) !== canonical(own(after, name)));
}

function own(image: Image, name: string): AttributeValue | undefined {
  return Object.hasOwn(image, name) ? image[name] : undefined;
}

function canonical(attribute: AttributeValue | undefined): string {
  return JSON.stringify(attribute, (name, value: unknown) => {
    if (Array.isArray(value) && ["SS", "NS", "BS"].includes(name)) return [...(value as string[])].sort();
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return rowFrom(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
