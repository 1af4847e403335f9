import { Decimal, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { inPlaceOf, leavesOf, type Revision } from "../collections/changes.ts";
import { DataApiError } from "./error.ts";

type Apply = (value: Value | undefined, operand: Value) => Value | undefined;

/** Undefined: the field is gone. */
const OPERATORS: Readonly<Record<string, Apply>> = {
  $set: (_, operand) => operand,
  $unset: () => undefined,
  $inc: (value, operand) => added(value ?? 0, operand),
};

/** What update operators do to a document. @param held As of `inPlaceOf` */
export function updateOf(held: string | undefined, update: Row): Revision {
  return {
    written: Object.values(update).flatMap((fields) => (isRow(fields) ? Object.entries(fields).flatMap(pathsOf) : [])),
    revise: (document) => inPlaceOf(held, document, revised(document, update)),
  };
}

function pathsOf([name, operand]: readonly [string, Value]): readonly (readonly string[])[] {
  const path = name.split(".");
  return isRow(operand) && Object.keys(operand).length > 0 ? leavesOf(operand, path) : [path];
}

/** A document as update operators would leave it. @throws DataApiError for an update that is none, or that is not served here */
export function revised(document: Row, update: Row): Row {
  const names = Object.keys(update);
  if (names.length === 0) throw new DataApiError(400, "InvalidParameter", "The update is empty.");
  if (names.every((name) => !name.startsWith("$")))
    throw new DataApiError(
      400,
      "InvalidParameter",
      "An update has operators: $set, $unset, $inc. For a whole document there is replaceOne.",
    );
  return names.reduce((left, name) => {
    const apply = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    const fields = update[name];
    if (apply === undefined)
      throw new DataApiError(
        400,
        "InvalidParameter",
        `The update operator ${JSON.stringify(name)} is not served; there are $set, $unset, $inc.`,
      );
    if (!isRow(fields)) throw new DataApiError(400, "InvalidParameter", `${JSON.stringify(name)} needs an object of fields.`);
    return Object.entries(fields).reduce((row, [path, operand]) => put(row, path.split("."), operand, apply), left);
  }, document);
}

// oxlint-disable-next-line max-params -- what is put where in what, and how
function put(row: Row, [name = "", ...inside]: readonly string[], operand: Value, apply: Apply): Row {
  const fields = new Map(Object.entries(row));
  const held = fields.get(name);
  const value = inside.length === 0 ? apply(held, operand) : put(isRow(held) ? held : {}, inside, operand, apply);
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
  return rowFrom(fields);
}

function added(value: Value, operand: Value): Value {
  if (typeof value === "number" && typeof operand === "number") return value + operand;
  const digits = [value, operand].map(scaled);
  const [one, other] = digits;
  if (one === undefined || other === undefined) throw new DataApiError(400, "InvalidParameter", "$inc adds a number to a number.");
  const scale = Math.max(one.scale, other.scale);
  const sum = one.digits * 10n ** BigInt(scale - one.scale) + other.digits * 10n ** BigInt(scale - other.scale);
  return decimalOf(sum, scale);
}

interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

function scaled(value: Value): Scaled | undefined {
  if (typeof value !== "number" && typeof value !== "bigint" && !(value instanceof Decimal)) return undefined;
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d{1,1000})(?:\.(\d{1,1000}))?$/.exec(String(value)) ?? [];
  return whole === "" ? undefined : { digits: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length };
}

function decimalOf(digits: bigint, scale: number): Decimal {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const point = text.length - scale;
  return Decimal.parse(`${digits < 0n ? "-" : ""}${text.slice(0, point)}${scale === 0 ? "" : `.${text.slice(point)}`}`);
}
