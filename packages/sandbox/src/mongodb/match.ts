import { EJSON, type Document } from "bson";

/** One text for equal values: 1 is 1 whatever its type. */
export function keyText(value: unknown): string {
  const plain = plainNumber(value);
  return plain === undefined ? EJSON.stringify({ value }, { relaxed: false }) : `number ${plain}`;
}

function plainNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const type = (value as { readonly _bsontype?: unknown } | null)?._bsontype;
  return type === "Int32" || type === "Double" || type === "Long" ? Number(value) : undefined;
}

/** Whether the document has all these fields, with these values: no operators. */
export function matches(document: Document, filter: Document): boolean {
  return Object.entries(filter).every(([name, wanted]) => Object.hasOwn(document, name) && keyText(document[name]) === keyText(wanted));
}

/** A document within a document, no value of a class. */
export function isDocument(value: unknown): value is Document {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !("_bsontype" in value) &&
    !ArrayBuffer.isView(value)
  );
}
