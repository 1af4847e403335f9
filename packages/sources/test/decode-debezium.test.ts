import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Row, type Value } from "@backstitch/core/values";
import { decodeDebezium, type DecodeOptions } from "@backstitch/sources/decoders";

const SOURCE: Row = {
  connector: "postgresql",
  name: "shop",
  db: "shop",
  schema: "public",
  table: "item",
  ts_ms: 1_700_000_000_123,
  txId: 7,
  lsn: 99,
};

function decode(fields: Row, options: Partial<DecodeOptions> = {}): ChangeEvent | undefined {
  return decodeDebezium({ op: "u", source: SOURCE, ...fields }, { source: "s", now: () => 0, key: { id: 1 }, ...options });
}

/** The value of a column of this type, with the schema beside it. */
function read(type: Row, value: Value): Value | undefined {
  const columns = [{ ...type, field: "c" }];
  const schema = { type: "struct", fields: [{ type: "struct", field: "after", fields: columns }] };
  return decodeDebezium({ schema, payload: { op: "c", source: SOURCE, before: null, after: { c: value } } }, { source: "s" })?.after?.["c"];
}

const DECIMAL = (scale: number): Row => ({
  type: "bytes",
  name: "org.apache.kafka.connect.data.Decimal",
  parameters: { scale: String(scale) },
});
const int64 = (name: string): Row => ({ type: "int64", name });

describe("with the schema beside it a value is what it was", () => {
  test.each([
    ["decimal", DECIMAL(2), "BNI=", Decimal.parse("12.34")],
    ["negative decimal", DECIMAL(2), "+y4=", Decimal.parse("-12.34")],
    ["small decimal", DECIMAL(3), "BQ==", Decimal.parse("0.005")],
    ["zero", DECIMAL(2), "AA==", Decimal.parse("0.00")],
    ["decimal without fraction", DECIMAL(0), "BNI=", Decimal.parse("1234")],
    ["decimal of hundreds", DECIMAL(-2), "BNI=", Decimal.parse("123400")],
    ["decimal as a JSON number", DECIMAL(2), 12.5, Decimal.parse("12.50")],
    [
      "decimal of its own scale",
      { type: "struct", name: "io.debezium.data.VariableScaleDecimal" },
      { scale: 1, value: "BNI=" },
      Decimal.parse("123.4"),
    ],
    ["date", { type: "int32", name: "io.debezium.time.Date" }, 20_484, "2026-01-31"],
    ["date before 1970", { type: "int32", name: "org.apache.kafka.connect.data.Date" }, -1, "1969-12-31"],
    ["time in milliseconds", { type: "int32", name: "io.debezium.time.Time" }, 45_296_500, "12:34:56.5"],
    ["time in microseconds", int64("io.debezium.time.MicroTime"), 45_296_000_001, "12:34:56.000001"],
    ["time in nanoseconds", int64("io.debezium.time.NanoTime"), 45_296_000_000_999, "12:34:56"],
    ["the end of a day", int64("io.debezium.time.MicroTime"), 86_400_000_000, "24:00:00"],
    ["milliseconds", int64("io.debezium.time.Timestamp"), 1_700_000_000_123, "2023-11-14T22:13:20.123000Z"],
    ["Kafka's own milliseconds", int64("org.apache.kafka.connect.data.Timestamp"), -1, "1969-12-31T23:59:59.999000Z"],
    ["microseconds", int64("io.debezium.time.MicroTimestamp"), 1_700_000_000_123_456, "2023-11-14T22:13:20.123456Z"],
    ["microseconds before 1970", int64("io.debezium.time.MicroTimestamp"), -1, "1969-12-31T23:59:59.999999Z"],
    ["nanoseconds", int64("io.debezium.time.NanoTimestamp"), 1_700_000_000_123_456_789n, "2023-11-14T22:13:20.123456Z"],
    ["infinity", int64("io.debezium.time.MicroTimestamp"), 9_223_371_331_200_000_000n, 9_223_371_331_200_000_000n],
    [
      "time with zone",
      { type: "string", name: "io.debezium.time.ZonedTimestamp" },
      "2026-01-31T13:34:56.5+01:00",
      "2026-01-31T12:34:56.500000Z",
    ],
    ["JSON", { type: "string", name: "io.debezium.data.Json" }, '{"n": 9007199254740993}', { n: 9_007_199_254_740_993n }],
    ["UUID", { type: "string", name: "io.debezium.data.Uuid" }, "3b1f…", "3b1f…"],
    ["enum", { type: "string", name: "io.debezium.data.Enum", parameters: { allowed: "a,b" } }, "a", "a"],
    [
      "geometry",
      { type: "struct", name: "io.debezium.data.geometry.Point" },
      { x: 1, y: 2, wkb: "AQ==", srid: null },
      { x: 1, y: 2, wkb: "AQ==", srid: null },
    ],
    ["bytes", { type: "bytes" }, "AAEqQQ==", "AAEqQQ=="],
    ["array", { type: "array", items: DECIMAL(2) }, ["BNI=", null], [Decimal.parse("12.34"), null]],
    ["map", { type: "map", values: DECIMAL(2) }, { a: "BNI=" }, { a: Decimal.parse("12.34") }],
    ["double of many digits", { type: "double" }, Decimal.parse("0.1000000000000000055511151231257827"), 0.1],
    ["int64", { type: "int64" }, 9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ["null", DECIMAL(2), null, null],
  ] as readonly [string, Row, Value, Value][])("%s", (_, type, value, expected) => {
    expect(read(type, value)).toEqual(expected);
  });

  test("every decimal comes back as it went", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.integer({ min: 0, max: 30 }), (digits, scale) => {
        const size = Math.ceil((digits.toString(2).length + 1) / 8);
        const bytes = Buffer.from(
          BigInt.asUintN(size * 8, digits)
            .toString(16)
            .padStart(size * 2, "0"),
          "hex",
        );
        const { text } = read(DECIMAL(scale), bytes.toString("base64")) as Decimal;
        expect(BigInt(text.replace(".", ""))).toBe(digits);
        expect((text.split(".")[1] ?? "").length).toBe(scale);
      }),
    );
  });

  test.each([
    ["a decimal that is no base64", DECIMAL(2), "hunter2!"],
    ["a decimal without a scale", { ...DECIMAL(2), parameters: {} }, "BNI="],
    ["a scale without end", DECIMAL(1e9), "BNI="],
    ["a decimal without end", DECIMAL(2), "A".repeat(100_000)],
    ["a time that is no number", int64("io.debezium.time.MicroTimestamp"), "hunter2"],
    ["a time of no day", int64("io.debezium.time.MicroTime"), -1],
  ] as readonly [string, Row, Value][])("refused: %s", (_, type, value) => {
    expect(() => read(type, value)).toThrow(/^(?!.*hunter2)(A decimal|A time)/);
  });
});

describe("before", () => {
  const row = { id: 1, name: "b", count: 2 };

  test.each([
    ["the whole row", { id: 1, name: "a", count: 0 }, {}, true],
    ["nothing", null, {}, false],
    ["the key, and blanks of the connector's own", { id: 1, name: "", count: 0 }, {}, false],
    ["the key, and nulls", { id: 1, name: null, count: null }, {}, false],
    ["a row that has no more than its key", { id: 1 }, {}, true],
    ["a row without key", { id: 1, name: null, count: 0 }, { key: null }, true],
    ["a row whose key nobody tells, with a blank", { sku: 1, name: null }, { key: undefined, after: { sku: 1, name: "b" } }, false],
    ["a row whose key nobody tells, without a blank", { sku: 1, name: "a" }, { key: undefined, after: { sku: 1, name: "b" } }, true],
    ["blanks, by another database's connector", { id: 1, name: null, count: 0 }, { connector: "mysql" }, true],
    ["a value that was not sent", { id: 1, name: "__debezium_unavailable_value", count: 1 }, {}, false],
  ] as const)(
    "%s",
    (
      _,
      before,
      {
        connector = "postgresql",
        after = row,
        ...options
      }: { readonly connector?: string; readonly after?: Row; readonly key?: null | undefined },
      isKnown,
    ) => {
      const event = decode({ before, after, source: { ...SOURCE, connector } }, options);
      expect(event?.before).toEqual(isKnown ? before : undefined);
      expect(event?.changed === undefined).toBe(!isKnown);
      expect(decode({ op: "d", before, after: null, source: { ...SOURCE, connector } }, options)?.before).toEqual(
        isKnown ? before : undefined,
      );
    },
  );

  test.each([
    ["text", "__debezium_unavailable_value"],
    ["bytes", Buffer.from("__debezium_unavailable_value").toString("base64")],
    ["array", ["__debezium_unavailable_value"]],
    ["map", { __debezium_unavailable_value: "__debezium_unavailable_value" }],
  ])("what did not change and was not sent is unsent, or from the row before: %s", (_, value) => {
    const sent = { id: 1, name: "b", note: value };
    expect(decode({ before: null, after: sent })).toMatchObject({ after: { id: 1, name: "b" }, unsent: ["note"], changed: undefined });
    expect(decode({ before: { id: 1, name: "a", note: "long" }, after: sent })).toMatchObject({
      after: { note: "long" },
      unsent: [],
      changed: ["name"],
    });
  });

  test("a key that an update changed is known where the connector sends it", () => {
    expect(decode({ before: { id: 1, name: "", count: 0 }, after: { ...row, id: 2 } }, { key: { id: 2 } })).toMatchObject({
      key: { id: 2 },
      previousKey: { id: 1 },
      before: undefined,
    });
    expect(decode({ before: { id: 1, name: "a", count: 1 }, after: row })?.previousKey).toBeUndefined();
  });
});

describe("the key", () => {
  const after = { id: 1, sku: 9_007_199_254_740_993n };

  test.each([
    ["the message's, parsed", { key: { sku: 1 } }, { sku: 1 }],
    ["the message's, as text", { key: '{"sku":9007199254740993}' }, { sku: 9_007_199_254_740_993n }],
    [
      "the message's, as bytes with a schema",
      {
        key: Buffer.from(
          '{"schema":{"type":"struct","fields":[{"field":"d","type":"int32","name":"io.debezium.time.Date"}]},"payload":{"d":0}}',
        ),
      },
      { d: "1970-01-01" },
    ],
    ["none", { key: null }, null],
    ["the project's", { key: undefined, keys: { item: ["sku", "id"] } }, { sku: after.sku, id: 1 }],
    ["id, where nobody tells", { key: undefined }, { id: 1 }],
  ] as readonly [string, Partial<DecodeOptions>, Row | null][])("is %s", (_, options, key) => {
    expect(decode({ op: "c", before: null, after }, options)?.key).toEqual(key);
  });
});

describe("ids", () => {
  const row = { id: 1, name: "a" };
  const id = (fields: Row, options: Partial<DecodeOptions> = {}): string | undefined =>
    decode({ op: "c", before: null, after: row, ...fields }, options)?.id;

  test("stay when the record is read from the log again", () => {
    const again = { source: { ...SOURCE, version: "9", sequence: '["1","2"]', xmin: 5 }, ts_ms: 1 };
    expect(id(again)).toBe(id({ ts_ms: 2 }));
  });

  test.each([
    ["another row of one position", { after: { id: 2, name: "a" } }, {}],
    ["another operation", { op: "d", before: row, after: null }, {}],
    ["another place in the log", { source: { ...SOURCE, lsn: 100 } }, {}],
    ["the same place after a restore", { source: { ...SOURCE, ts_ms: 1_700_000_009_000 } }, {}],
    ["another server", { source: { ...SOURCE, name: "other" } }, {}],
    ["another table", { source: { ...SOURCE, table: "other" } }, {}],
    ["another number in the transaction, of rows without key", { transaction: { id: "7", total_order: 2 } }, { key: undefined }],
  ] as readonly [string, Row, Partial<DecodeOptions>][])("differ for %s", (_, fields, options) => {
    expect(id(fields, options)).not.toBe(id({ transaction: { id: "7", total_order: 1 } }, options));
  });

  test("are by position whatever the connector, and by the whole source where it is not known", () => {
    const mysql = { connector: "mysql", name: "m", db: "shop", table: "item", ts_ms: 1, server_id: 5, file: "bin.7", pos: 4, row: 0 };
    expect(id({ source: mysql })).toMatch(/^m\/shop\/item\/1\/5\/bin\.7\/4\/0\/[0-9a-f]{32}$/);
    expect(id({ source: { ...mysql, row: 1 } })).not.toBe(id({ source: mysql }));
    const other = { connector: "acme", name: "a", db: "d", table: "item", ts_ms: 1, place: 1 };
    expect(id({ source: { ...other, version: "2", sequence: "x", snapshot: "false" } })).toBe(id({ source: other }));
    expect(id({ source: { ...other, place: 2 } })).not.toBe(id({ source: other }));
  });
});

test.each([
  ["a tombstone", null],
  ["a tombstone with its schema", { schema: null, payload: null }],
  ["a truncation", { op: "t", source: SOURCE }],
  ["a message in the log", { op: "m", source: SOURCE, message: { prefix: "a", content: "" } }],
  ["a heartbeat", { ts_ms: 1 }],
  ["a transaction's end", { status: "END", id: "571", event_count: 2, data_collections: [] }],
  ["a change of schema", { source: SOURCE, databaseName: "shop", ddl: "CREATE TABLE item ()", tableChanges: [] }],
])("%s changes no row", (_, record) => {
  expect(decodeDebezium(record, { source: "s" })).toBeUndefined();
});

test("what a snapshot read says so; a collection has its schema's name unless that is the default", () => {
  const after = { id: 1 };
  expect(decode({ op: "r", before: null, after })).toMatchObject({
    origin: "snapshot",
    operation: "insert",
    collection: "item",
    committedAt: "2023-11-14T22:13:20.123000Z",
  });
  expect(decode({ op: "c", before: null, after, source: { ...SOURCE, schema: "sales", ts_us: 1_700_000_000_123_456 } })).toMatchObject({
    origin: "log",
    collection: "sales.item",
    committedAt: "2023-11-14T22:13:20.123456Z",
  });
  expect(
    decode({ op: "c", before: null, after, source: { ...SOURCE, schema: "dbo" } }, { collection: (name) => `my-${name}` })?.collection,
  ).toBe("my-item");
});

test.each([
  ["a row without its envelope", { id: 1, name: "hunter2" }, "ExtractNewRecordState"],
  ["another operation", { op: "hunter2", source: SOURCE }, '"op" must be'],
  ["no source", { op: "c", after: {} }, '"source" is not an object'],
  ["no table", { op: "c", after: {}, source: { ...SOURCE, table: 5 } }, 'no text "table"'],
  ["no row", { op: "c", after: null, source: SOURCE }, '"after" is not an object'],
  ["a text", "hunter2", "The record is not an object"],
])("refused: %s", (_, record, message) => {
  expect(() => decodeDebezium(record, { source: "s" })).toThrow(message);
  expect(() => decodeDebezium(record, { source: "s" })).not.toThrow("hunter2");
});
