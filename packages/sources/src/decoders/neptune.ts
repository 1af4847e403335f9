import type { ChangeEvent, Operation } from "@backstitch/core/source";
import { encodeValue, isList, isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { timeFromMicros } from "../values/times.ts";
import { own } from "./fields.ts";
import { timeNow } from "./identity.ts";
import { commitNumOf, opFrom, type Op } from "./neptune/record.ts";
import type { DecodeOptions } from "./options.ts";

/**
 * The records of one commit of a Neptune stream (property graph, `PG_JSON`) as change events: one for each vertex or edge, in the order in which the commit came to them.
 * The stream knows no rows: an update is the removal of a property's old value and the addition of its new one.
 *
 * - `collection` is `vertices` or `edges`, never the label, which an update does not tell.
 * - `id` is `commitNum.opNum` of the element's first record. It does not name the cluster: two clusters are two sources.
 * - `key` is `{ id }`. Rows are flat: `id`, `label`, an edge's `from` and `to`, and the properties, which hide those of the same name. A property with several values, and
 *   an element with several labels, is a list.
 * - `operation`: an element whose label was added is an insert, one whose label was removed a delete, any other an update. A label that is added to an existing vertex looks
 *   like an insert.
 * - `after` of an update holds `id` and what was added, and `unsent` is `["*"]`. Where a property has several values, those that stayed are not in it.
 * - `before` is undefined: what did not change is not sent. Of a delete neither is.
 * - `changed` are the properties that were added or removed.
 * - `database` is empty.
 *
 * @param record The commit's records, all of them: an array.
 * @throws TypeError or RangeError where they are no such records, or not all of the commit; the message holds none of their values.
 */
export function decodeNeptune(record: unknown, options: DecodeOptions): readonly ChangeEvent[] {
  const records = Array.isArray(record) ? (record as readonly Value[]) : [record as Value];
  const ops = records.map(opFrom).sort((left, right) => left.opNum - right.opNum);
  if (ops.some(({ commitNum }) => commitNum !== ops[0]?.commitNum)) throw new TypeError("The records are of more than one commit.");
  if (!isWhole(ops))
    throw new TypeError('Records of the commit are missing: send all of them together, the first (1) to the one with "isLastOp".');
  const elements = Map.groupBy(ops, ({ element, id }) => JSON.stringify([element, id]));
  return [...elements.values()].flatMap((one) => elementChange(one, options) ?? []);
}

function isWhole(ops: readonly Op[]): boolean {
  return ops.length > 0 && ops.every(({ opNum, isLast }, index) => opNum === index + 1 && isLast === (index === ops.length - 1));
}

/** What a stream's API answers (`{ records: […] }`), or an array of its records, by commit. */
export function splitCommits(sent: Value): readonly Value[] {
  const records = isRow(sent) && Object.hasOwn(sent, "records") ? own(sent, "records") : sent;
  if (!isList(records)) return [records ?? null];
  return [...Map.groupBy(records, commitOrSelf).values()];
}

/** What is no record is a commit of its own, that fails alone. */
function commitOrSelf(record: Value): unknown {
  try {
    return commitNumOf(record);
  } catch {
    return Symbol("unreadable");
  }
}

function elementChange(ops: readonly Op[], options: DecodeOptions): ChangeEvent | undefined {
  const [first] = ops;
  const operation = operationOf(ops);
  if (first === undefined || operation === undefined) return undefined;
  const { fields, changed } = applied(ops);
  const collection = options.collection?.(first.element) ?? first.element;
  const row = { id: first.id, ...ops.findLast(({ ends }) => ends !== undefined)?.ends, ...fields };
  return {
    id: `${first.commitNum}.${first.opNum}`,
    source: options.source,
    origin: "log",
    operation,
    database: "",
    collection,
    key: { id: first.id },
    previousKey: undefined,
    after: operation === "delete" ? null : row,
    before: operation === "insert" ? null : undefined,
    unsent: operation === "update" ? ["*"] : [],
    changed: operation === "insert" ? Object.keys(row) : operation === "delete" ? [] : changed,
    committedAt: timeOf(first, options),
  };
}

/** Undefined: it came and went within the commit. */
function operationOf(ops: readonly Op[]): Operation | undefined {
  const labels = ops.filter(({ isLabel }) => isLabel);
  const [begins, ends] = [labels.at(0), labels.at(-1)];
  if (begins === undefined || ends === undefined) return "update";
  if (begins.isAdd) return ends.isAdd ? "insert" : undefined;
  return ends.isAdd ? "update" : "delete";
}

/** What the operations leave of each field, and which fields they touched. */
function applied(ops: readonly Op[]): { readonly fields: Row; readonly changed: readonly string[] } {
  const values = new Map<string, Value[]>();
  const removed = new Map<string, Value[]>();
  for (const { name, value, isAdd } of ops) {
    const held = values.get(name) ?? [];
    const at = held.findIndex((one) => encodeValue(one) === encodeValue(value));
    if (isAdd && at === -1) held.push(value);
    else if (!isAdd && at !== -1) held.splice(at, 1);
    else if (!isAdd) removed.set(name, [...(removed.get(name) ?? []), value]);
    values.set(name, held);
  }
  const present = [...values].filter(([, held]) => held.length > 0);
  const fields = rowFrom(present.map(([name, held]) => [name, held.length === 1 ? (held[0] ?? null) : held] as const));
  return {
    fields,
    changed: [...values.keys()].filter((name) => encodeValue(values.get(name) ?? []) !== encodeValue(removed.get(name) ?? [])),
  };
}

function timeOf({ committedAt: ms }: Op, options: DecodeOptions): string {
  if (ms === undefined) return timeNow(options);
  const time = typeof ms === "number" && Number.isSafeInteger(ms) ? timeFromMicros(BigInt(ms) * 1_000n) : undefined;
  if (time === undefined) throw new RangeError('"commitTimestamp" is not a time.');
  return time;
}
