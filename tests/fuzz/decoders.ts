import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { MOST_HOPS, type ChangeEvent } from "@backstitch/core/source";
import { Decimal, isList, isRow, type Value } from "@backstitch/core/values";
import { decodeRecord, parseRecord } from "@backstitch/sources/decoders";
import { CARRIERS, sentBy, type Carrier, type Sent } from "../support/shapes.ts";

/** What each text of a mutated record may hold, so that a message that quotes any of it is found. */
const CANARY = "k4n4ry";
/** Milliseconds; one record. */
const LONGEST = 1_000;

export interface DecodersResult {
  readonly tried: number;
  /** How many of them were still change events, of one sort or another. */
  readonly events: number;
  readonly refused: number;
  /** What threw something else, said what the record holds, took too long, or gave an event that is none. */
  readonly defects: readonly string[];
}

interface Case {
  readonly carrier: Carrier;
  readonly key: Value | undefined;
  readonly record: Value;
}

/** Decodes mutated records of every shape: each must be change events that are well-formed, or refused in words that hold nothing of it. */
export function decodeMutated(count: number, seed: number): DecodersResult {
  const result = { tried: 0, events: 0, refused: 0, defects: [] as string[] };
  const mutated = fc.sample(mutation(), { numRuns: Math.min(count, CHUNK), seed });
  for (let chunk = 0; result.tried < count; chunk += 1) {
    const cases = chunk === 0 ? mutated : fc.sample(mutation(), { numRuns: Math.min(count - result.tried, CHUNK), seed: seed + chunk });
    for (const one of cases) {
      result.tried += 1;
      tryOne(one, result);
    }
  }
  return result;
}

const CHUNK = 10_000;

function tryOne(one: Case, result: { events: number; refused: number; defects: string[] }): void {
  const began = performance.now();
  try {
    const events = decode(one);
    result.events += events.length;
    const faults = events.flatMap(faultsOf);
    if (!isDeepStrictEqual(decode(one), events)) faults.push("is another when it is read again");
    if (faults.length > 0) result.defects.push(`${faults.join("; ")}: ${shown(one)}`);
  } catch (error) {
    result.refused += 1;
    const isRefusal = error instanceof TypeError || error instanceof RangeError;
    const message = error instanceof Error ? error.message : "";
    if (!isRefusal || message.includes(CANARY) || message.length > 300) result.defects.push(`${String(error)}: ${shown(one)}`);
  }
  const took = performance.now() - began;
  if (took > LONGEST) result.defects.push(`took ${Math.round(took)} ms: ${shown(one)}`);
}

function decode({ carrier: { shape, options }, record, key }: Case): readonly ChangeEvent[] {
  return decodeRecord(shape, record, { source: "shop", now: () => 0, id: "1", key, ...options });
}

function shown({ carrier: { folder }, record, key }: Case): string {
  const print = (value: unknown): string =>
    JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item)) ?? "";
  return `${folder} ${print(record).slice(0, 4_000)} key ${print(key)}`;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** What a change event must not be, whatever it was made of. */
function faultsOf(event: ChangeEvent): string[] {
  const faults: [boolean, string][] = [
    [typeof event.id !== "string" || event.id === "", "has no id"],
    [event.source !== "shop" || typeof event.database !== "string", "does not say where it is from"],
    [typeof event.collection !== "string" || event.collection === "", "has no collection"],
    [!["insert", "update", "replace", "delete"].includes(event.operation), "has no operation"],
    [event.origin !== "log" && event.origin !== "snapshot", "has no origin"],
    [!TIME.test(event.committedAt), "has no time"],
    [(event.after === null) !== (event.operation === "delete"), "has a row after it that it should not, or none"],
    [(event.before === null) !== (event.operation === "insert"), "has a row before it that it should not, or none"],
    [
      ![event.after, event.before, event.key, event.previousKey].every((row) => row === null || row === undefined || isRow(row)),
      "has a row that is none",
    ],
    [
      ![event.unsent, event.changed ?? []].every((names) => Array.isArray(names) && names.every((name) => typeof name === "string")),
      "has a name that is none",
    ],
    [event.operation === "insert" && !changesAll(event), "does not change every field that it inserts"],
    [event.operation === "delete" && event.changed?.length !== 0, "changes fields that are gone"],
    [
      event.hops !== undefined && !(Number.isInteger(event.hops) && event.hops >= 0 && event.hops <= MOST_HOPS),
      "came by no number of hops",
    ],
    [![event.after, event.before, event.key, event.previousKey].every(isValue), "has a value that is none"],
  ];
  return faults.filter(([is]) => is).map(([, fault]) => fault);
}

/** Where fields were not sent, which they are may not be known. */
function changesAll({ after, changed, unsent }: ChangeEvent): boolean {
  return (changed === undefined && unsent.includes("*")) || isDeepStrictEqual(changed, Object.keys(after ?? {}));
}

function isValue(value: unknown): boolean {
  if (value === null || value === undefined || value instanceof Decimal) return true;
  if (Array.isArray(value)) return value.every((item) => item !== undefined && isValue(item));
  if (typeof value === "object") return Object.values(value).every((item) => item !== undefined && isValue(item));
  return ["boolean", "number", "string", "bigint"].includes(typeof value);
}

/** A record of a fixture of which up to four places are something else. */
function mutation(): fc.Arbitrary<Case> {
  const sent = CARRIERS.flatMap((carrier) => sentBy(carrier).map((one) => ({ carrier, ...parsed(one) })));
  const place = fc.record({ at: fc.nat(), into: odd(), how: fc.nat(9) });
  return fc
    .tuple(fc.constantFrom(...sent), fc.array(place, { maxLength: 4 }), fc.constantFrom("as sent", "as sent", "none", "odd"), odd())
    .map(([{ carrier, record, key }, places, keyed, oddKey]) => ({
      carrier,
      record: places.reduce((value, { at, into, how }) => changed(value, at, how === 0 ? undefined : into), record),
      key: keyed === "as sent" ? key : keyed === "none" ? undefined : oddKey,
    }));
}

function parsed({ bytes, key }: Sent): { readonly record: Value; readonly key: Value | undefined } {
  return { record: parseRecord(bytes), key: key && parseRecord(key) };
}

function odd(): fc.Arbitrary<Value> {
  const text = fc.constantFrom(
    CANARY,
    "",
    "NaN",
    "-0",
    "1e99999",
    "9".repeat(40),
    "__proto__",
    "2026-13-45T99:99:99Z",
    "__debezium_unavailable_value",
    '{"$oid":1}',
    "{",
    "\ud800",
    "AAAA",
    "0001-01-01T00:00:00Z",
  );
  const number = fc.constantFrom<Value>(
    0,
    -1,
    1e308,
    -1e308,
    0.1,
    2 ** 53,
    9_223_372_036_854_775_807n,
    -(10n ** 40n),
    Decimal.parse("1e20000"),
    Decimal.parse("-0.00"),
  );
  const typed = fc.constantFrom<Value>(
    { $date: CANARY },
    { $numberLong: CANARY },
    { $numberDecimal: "NaN" },
    { $binary: { base64: CANARY, subType: "04" } },
    { S: CANARY },
    { N: CANARY },
    { L: [{ X: CANARY }] },
    { $date: { $numberLong: "99999999999999999" } },
  );
  const leaf = fc.oneof(fc.constantFrom<Value>(null, true, false), text, number, typed);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(leaf, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom("a", "id", "op", "__proto__", "toJSON", "$"), leaf, { maxKeys: 3 }) },
  );
}

/** The value with one place of it replaced, or taken away. @param at Which: counted over all places there are. */
function changed(value: Value, at: number, into: Value | undefined): Value {
  const places = count(value);
  const result = replaced(value, at % places, into);
  return result === undefined ? null : result;
}

function count(value: Value): number {
  if (isList(value)) return value.reduce<number>((sum, item) => sum + count(item), 1);
  return isRow(value) ? Object.values(value).reduce<number>((sum, item) => sum + count(item), 1) : 1;
}

function replaced(value: Value, at: number, into: Value | undefined): Value | undefined {
  if (at === 0) return into;
  let left = at - 1;
  const step = (item: Value): Value | undefined => {
    const here = left;
    left -= count(item);
    return here >= 0 && left < 0 ? replaced(item, here, into) : item;
  };
  if (isList(value)) return value.map(step).filter((item) => item !== undefined);
  if (!isRow(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .flatMap(([name, item]) => [[name, step(item)] as const])
      .filter((entry) => entry[1] !== undefined),
  ) as Value;
}
