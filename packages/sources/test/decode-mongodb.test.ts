import { describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import { Decimal, type Value } from "@backstitch/core/values";
import { decodeMongoDb, decodeRecord, fromExtendedJson, type DecodeOptions } from "@backstitch/sources/decoders";

const OPTIONS: DecodeOptions = { source: "s", now: () => 0 };

describe("Extended JSON", () => {
  test.each([
    [{ $oid: "507f1f77bcf86cd799439011" }, "507f1f77bcf86cd799439011"],
    [{ $numberInt: "5" }, 5],
    [{ $numberLong: "9007199254740993" }, 9_007_199_254_740_993n],
    [{ $numberLong: "5" }, 5],
    [{ $numberDouble: "0.5" }, 0.5],
    [{ $numberDouble: "-Infinity" }, -Infinity],
    [{ $numberDouble: "NaN" }, NaN],
    [{ $numberDecimal: "12.50" }, Decimal.parse("12.50")],
    [{ $numberDecimal: "-Infinity" }, "-Infinity"],
    [{ $date: "2026-01-31T12:34:56.123Z" }, "2026-01-31T12:34:56.123000Z"],
    [{ $date: { $numberLong: "-1" } }, "1969-12-31T23:59:59.999000Z"],
    [{ $date: 0 }, "1970-01-01T00:00:00.000000Z"],
    [{ $date: { $numberLong: "999999999999999" } }, 999_999_999_999_999],
    [{ $binary: { base64: "AAEqQQ==", subType: "00" } }, "AAEqQQ=="],
    [{ $binary: "AAEqQQ==", $type: "00" }, "AAEqQQ=="],
    [{ $binary: { base64: "c//SZESzTGmQ6OfR38A11A==", subType: "05" } }, "c//SZESzTGmQ6OfR38A11A=="],
    [{ $binary: { base64: "c//SZESzTGmQ6OfR38A11A==", subType: "04" } }, "73ffd264-44b3-4c69-90e8-e7d1dfc035d4"],
    [{ $uuid: "73ffd264-44b3-4c69-90e8-e7d1dfc035d4" }, "73ffd264-44b3-4c69-90e8-e7d1dfc035d4"],
    [{ $timestamp: { t: 5, i: 1 } }, { t: 5, i: 1 }],
    [{ $regularExpression: { pattern: "a", options: "i" } }, { pattern: "a", options: "i" }],
    [{ $code: "x", $scope: {} }, "x"],
    [{ $symbol: "x" }, "x"],
    [{ $undefined: true }, null],
    [{ $minKey: 1 }, "MinKey"],
    [
      { $ref: "items", $id: { $oid: "5" } },
      { $ref: "items", $id: "5" },
    ],
    [
      { $set: { $numberInt: "5" }, a: 1, b: 2 },
      { $set: 5, a: 1, b: 2 },
    ],
    [[{ a: { $numberLong: "5" } }], [{ a: 5 }]],
    ["plain", "plain"],
  ] as readonly [Value, Value][])("%j", (given, value) => {
    expect(fromExtendedJson(given)).toEqual(value);
  });

  test.each([
    { $numberLong: "hunter2" },
    { $numberInt: "1.5" },
    { $numberDouble: "hunter2" },
    { $numberDecimal: "hunter2" },
    { $date: "hunter2" },
  ])("refused: %j", (given) => {
    expect(() => fromExtendedJson(given)).toThrow(/^(?!.*hunter2)A /);
  });
});

test.each([
  ["an object", (text: string): Value => JSON.parse(text) as Value],
  ["a text", (text: string): Value => text],
  ["a text beside its schema", (text: string): Value => ({ schema: { type: "string" }, payload: text })],
])("a MongoDB change event may come as %s", (_, wrap) => {
  const event =
    '{"_id":{"_data":"8263"},"operationType":"delete","ns":{"db":"d","coll":"c"},"documentKey":{"_id":{"$numberLong":"9007199254740993"}}}';
  expect(decodeMongoDb(wrap(event), OPTIONS)).toMatchObject({ id: "8263", key: { _id: 9_007_199_254_740_993n } });
});

test("an Atlas trigger without Extended JSON has flattened types", () => {
  const detail = {
    _id: { _data: "82614CAB9F000000082B022C0100296E5A10047F0912C604494267AF8C6921C112DCF846645F69640064614CAB95890E884A9264002A0004" },
    operationType: "insert",
    clusterTime: { T: 1_632_414_623, I: 8 },
    fullDocument: { _id: "614cab95890e884a9264002a", title: "title 123" },
    ns: { db: "app-db", coll: "posts" },
    documentKey: { _id: "614cab95890e884a9264002a" },
  };
  const [event] = decodeRecord(
    "atlas-eventbridge",
    { "detail-type": "MongoDB Database Trigger for app-db.posts", time: "2021-09-23T16:30:25Z", detail },
    OPTIONS,
  );
  expect(event).toMatchObject({
    id: detail._id._data,
    database: "app-db",
    collection: "posts",
    committedAt: "2021-09-23T16:30:23.000000Z",
  });
  const [late] = decodeRecord(
    "atlas-eventbridge",
    { time: "2021-09-23T16:30:25Z", detail: { ...detail, clusterTime: undefined } },
    OPTIONS,
  );
  expect(late?.committedAt).toBe("2021-09-23T16:30:25.000000Z");
});

describe("Debezium's MongoDB records", () => {
  const source = { connector: "mongodb", name: "m", db: "d", collection: "c", ts_ms: 1_700_000_000_000, ord: 3 };
  const decode = (record: object, options: Partial<DecodeOptions> = {}): ChangeEvent | undefined =>
    decodeRecord("debezium-mongodb", { source, ...record }, { ...OPTIONS, ...options })[0];

  test("a snapshot's read, a replacement, an update without the document, a delete", () => {
    const after = '{"_id":{"$oid":"5a"},"n":{"$numberLong":"9007199254740993"}}';
    expect(decode({ op: "r", after })).toMatchObject({
      origin: "snapshot",
      operation: "insert",
      key: { _id: "5a" },
      after: { n: 9_007_199_254_740_993n },
    });
    expect(decode({ op: "u", after, before: null, updateDescription: null })).toMatchObject({ operation: "replace", changed: undefined });
    const updateDescription = { updatedFields: '{"n":1,"a.b":2}', removedFields: ["gone"], truncatedArrays: null };
    expect(decode({ op: "u", after: null, updateDescription }, { key: '{"id":"{\\"$oid\\":\\"5a\\"}"}' })).toMatchObject({
      operation: "update",
      key: { _id: "5a" },
      after: { _id: "5a", n: 1 },
      unsent: ["*"],
      changed: ["n", "a", "gone"],
    });
    expect(decode({ op: "d", after: null, before: null })).toMatchObject({ operation: "delete", key: null, before: undefined });
  });

  test("changes of one transaction have their own ids", () => {
    const ids = ['{"_id":1}', '{"_id":2}'].map((after) => decode({ op: "c", after })?.id);
    expect(new Set(ids).size).toBe(2);
  });
});
