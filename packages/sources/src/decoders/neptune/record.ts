import { Decimal, integer, type Row, type Value } from "@backstitch/core/values";
import { timeFromMicros, timeFromText } from "../../values/times.ts";
import { own, rowAt, rowOf, textAt } from "../fields.ts";

/** One operation of a commit: a label or a property of a vertex or an edge that was added or removed. */
export interface Op {
  readonly commitNum: number;
  readonly opNum: number;
  readonly element: "vertices" | "edges";
  readonly id: string;
  readonly isLabel: boolean;
  readonly isAdd: boolean;
  readonly name: string;
  readonly value: Value;
  /** Of an edge that is added or removed: the vertices at its ends. */
  readonly ends: Row | undefined;
  readonly isLast: boolean;
  /** Epoch milliseconds. */
  readonly committedAt: Value | undefined;
}

const TYPES: ReadonlyMap<Value | undefined, Pick<Op, "element" | "isLabel">> = new Map([
  ["vl", { element: "vertices", isLabel: true }],
  ["vp", { element: "vertices", isLabel: false }],
  ["e", { element: "edges", isLabel: true }],
  ["ep", { element: "edges", isLabel: false }],
] as const);

/** @throws TypeError or RangeError where it is no record of a property graph's stream. https://docs.aws.amazon.com/neptune/latest/userguide/streams-change-formats.html */
export function opFrom(value: Value): Op {
  const record = rowOf(value, "The record");
  const data = rowAt(record, "data");
  if (Object.hasOwn(data, "stmt"))
    throw new TypeError("The record is a statement of SPARQL; only a property graph's (PG_JSON) can be read.");
  const type = TYPES.get(own(data, "type"));
  if (type === undefined) throw new TypeError('"data.type" must be vl, vp, e or ep.');
  const op = own(record, "op");
  if (op !== "ADD" && op !== "REMOVE") throw new TypeError('"op" must be ADD or REMOVE.');
  const isEdge = type.element === "edges" && type.isLabel;
  return {
    ...type,
    commitNum: numberAt(record, "commitNum"),
    opNum: numberAt(record, "opNum"),
    id: textAt(data, "id"),
    isAdd: op === "ADD",
    name: type.isLabel ? "label" : textAt(data, "key"),
    value: valueOf(rowAt(data, "value")),
    ends: isEdge ? { from: own(data, "from") ?? null, to: own(data, "to") ?? null } : undefined,
    isLast: own(record, "isLastOp") === true,
    committedAt: own(record, "commitTimestamp") ?? own(record, "commitTimestampInMillis"),
  };
}

export function commitNumOf(value: Value): number {
  return numberAt(rowOf(value, "The record"), "commitNum");
}

function numberAt(record: Row, name: "commitNum" | "opNum"): number {
  const number = own(rowAt(record, "eventId"), name);
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  throw new TypeError(`The record has no whole number "eventId.${name}".`);
}

const WHOLE: ReadonlySet<Value | undefined> = new Set(["Byte", "Short", "Int", "Integer", "Long", "BigInteger"]);
const BINARY: ReadonlySet<Value | undefined> = new Set(["Float", "Double"]);

const TIMES: ReadonlySet<Value | undefined> = new Set(["Date", "DateTime"]);

/** `{value, dataType}`: numbers also come as texts, and times as texts or milliseconds. */
function valueOf(typed: Row): Value {
  const value = own(typed, "value") ?? null;
  const type = own(typed, "dataType");
  if (TIMES.has(type)) return timeOf(value) ?? value;
  if (typeof value !== "string") return value;
  if (WHOLE.has(type) && /^-?\d+$/.test(value)) return integer(value);
  if (BINARY.has(type) && (value === "NaN" || (value.trim() !== "" && !Number.isNaN(Number(value))))) return Number(value);
  if (type === "BigDecimal") return Decimal.parse(value);
  return type === "Boolean" && (value === "true" || value === "false") ? value === "true" : value;
}

function timeOf(value: Value): string | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return timeFromMicros(BigInt(value) * 1_000n);
  return typeof value === "string" ? timeFromText(value) : undefined;
}
