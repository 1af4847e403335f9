import { describe, expect, test } from "vitest";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row, Value } from "@backstitch/core/values";
import { decodeDms, decodeNeptune, decodeRecord, decodeSupabase, parseRecord, type DecodeOptions } from "@backstitch/sources/decoders";

const OPTIONS: DecodeOptions = { source: "s", now: () => 0 };

describe("DMS", () => {
  const metadata = {
    timestamp: "2024-07-29T00:59:07.686557Z",
    "record-type": "data",
    operation: "update",
    "schema-name": "public",
    "table-name": "foo",
  };
  const decode = (record: object, more: object = {}): ChangeEvent | undefined =>
    decodeDms({ data: { id: 45, name: "x" }, metadata: { ...metadata, ...more }, ...record }, OPTIONS);

  test.each([
    ["nothing", {}, undefined, undefined],
    ["an empty image, since the key stayed", { "before-image": {} }, undefined, undefined],
    ["the key that changed", { "before-image": { id: 46 } }, undefined, { id: 46 }],
    ["the key alone", { "before-image": { id: 45 } }, undefined, undefined],
    ["the whole row, under another name", { bi: { id: 45, name: "y" } }, { id: 45, name: "y" }, undefined],
    ["a row without a column that was null", { "before-image": { id: 45, other: 1 } }, undefined, undefined],
  ] as const)("before: %s", (_, record, before, previousKey) => {
    expect(decode(record)).toMatchObject({ before, previousKey, changed: before === undefined ? undefined : ["name"] });
  });

  test("a load is a snapshot; a control record is nothing; a delete's data is not the row", () => {
    expect(decode({}, { operation: "load" })).toMatchObject({
      origin: "snapshot",
      operation: "insert",
      before: null,
      changed: ["id", "name"],
    });
    expect(
      decodeDms({ control: {}, metadata: { ...metadata, "record-type": "control", operation: "drop-table" } }, OPTIONS),
    ).toBeUndefined();
    expect(decode({ data: { id: 45 }, "before-image": { id: 45 } }, { operation: "delete" })?.before).toBeUndefined();
    expect(decode({ data: { id: 45, name: null } }, { operation: "delete" })).toMatchObject({
      key: { id: 45 },
      before: undefined,
      after: null,
    });
  });

  test("ids are by transaction where the record tells it, else of the record", () => {
    const details = { "commit-timestamp": "2024-07-29T00:59:07.678294Z", "transaction-id": 1141, "transaction-record-id": 1 };
    expect(decode({}, details)).toMatchObject({
      id: "public/foo/2024-07-29T00:59:07.678294Z/1141/1",
      committedAt: "2024-07-29T00:59:07.678294Z",
    });
    expect(decode({}, { "transaction-id": 1141 })?.id).toBe(decode({}, { "transaction-id": 1141 })?.id);
    expect(decode({ data: { id: 46 } })?.id).not.toBe(decode({})?.id);
    expect(decode({}, { timestamp: "2024-07-29T00:59:08Z" })?.id).not.toBe(decode({})?.id);
  });

  test("a schema that is no default is part of the name", () => {
    expect(decode({}, { "schema-name": "salesdb" })?.collection).toBe("salesdb.foo");
  });
});

describe("Neptune", () => {
  type Given = readonly [op: "ADD" | "REMOVE", type: string, key: string, value: Value, dataType?: string, id?: string];
  const records = (...ops: readonly Given[]): Row[] =>
    ops.map(([op, type, key, value, dataType = "String", id = "v1"], index) => ({
      commitTimestamp: 1_700_000_000_000,
      eventId: { commitNum: 5, opNum: index + 1 },
      data: { id, type, key, value: { value, dataType }, ...(type === "e" ? { from: "a", to: "b" } : {}) },
      op,
      ...(index === ops.length - 1 ? { isLastOp: true } : {}),
    }));
  const decode = (...ops: readonly Given[]): readonly ChangeEvent[] => decodeNeptune(records(...ops), OPTIONS);

  test("an update is what was removed and added", () => {
    expect(decode(["REMOVE", "vp", "age", 29, "Int"], ["ADD", "vp", "age", "30", "Int"], ["REMOVE", "vp", "note", "x"])).toEqual([
      {
        id: "5.1",
        source: "s",
        origin: "log",
        operation: "update",
        database: "",
        collection: "vertices",
        key: { id: "v1" },
        previousKey: undefined,
        after: { id: "v1", age: 30 },
        before: undefined,
        unsent: ["*"],
        changed: ["age", "note"],
        committedAt: "2023-11-14T22:13:20.000000Z",
      },
    ]);
  });

  test.each([
    [
      "a vertex that came",
      [
        ["ADD", "vl", "label", "Person"],
        ["ADD", "vp", "tag", "a"],
        ["ADD", "vp", "tag", "b"],
      ],
      ["insert", { id: "v1", label: "Person", tag: ["a", "b"] }],
    ],
    [
      "an edge that came",
      [
        ["ADD", "e", "label", "knows"],
        ["ADD", "ep", "since", 1.5, "Double"],
      ],
      ["insert", { id: "v1", from: "a", to: "b", label: "knows", since: 1.5 }],
    ],
    [
      "one that went",
      [
        ["REMOVE", "vp", "name", "x"],
        ["REMOVE", "vl", "label", "Person"],
      ],
      ["delete", null],
    ],
    [
      "another label",
      [
        ["REMOVE", "vl", "label", "Person"],
        ["ADD", "vl", "label", "Student"],
      ],
      ["update", { id: "v1", label: "Student" }],
    ],
    [
      "a property that hides the id",
      [
        ["ADD", "vl", "label", "Person"],
        ["ADD", "vp", "id", 7, "Long"],
      ],
      ["insert", { id: 7, label: "Person" }],
    ],
    [
      "a value that came back",
      [
        ["REMOVE", "vp", "n", 1, "Int"],
        ["ADD", "vp", "n", 2, "Int"],
        ["REMOVE", "vp", "n", 2, "Int"],
        ["ADD", "vp", "n", 1, "Int"],
      ],
      ["update", { id: "v1", n: 1 }, []],
    ],
  ] as readonly [string, readonly Given[], readonly [string, Row | null, (readonly string[])?]][])(
    "%s",
    (_, ops, [operation, after, changed]) => {
      expect(decode(...ops)).toMatchObject([{ operation, after, key: { id: "v1" }, ...(changed && { changed }) }]);
    },
  );

  test("what came and went within the commit is nothing; elements are apart", () => {
    expect(decode(["ADD", "vl", "label", "A"], ["REMOVE", "vl", "label", "A"])).toEqual([]);
    expect(
      decode(["ADD", "vp", "n", 1, "Int"], ["ADD", "ep", "n", 2, "Int"], ["ADD", "vp", "n", 3, "Int", "v2"]).map(({ id, collection }) => [
        id,
        collection,
      ]),
    ).toEqual([
      ["5.1", "vertices"],
      ["5.2", "edges"],
      ["5.3", "vertices"],
    ]);
  });

  test("commits of one answer are apart; one that is not whole is refused, and the others are not", () => {
    const one = records(["ADD", "vp", "n", 1, "Int"], ["ADD", "vp", "m", 1, "Int"]);
    const other = one.map((record) => ({ ...record, eventId: { commitNum: 6, opNum: (record["eventId"] as { opNum: number }).opNum } }));
    expect(decodeRecord("neptune", { format: "PG_JSON", records: [...one, ...other] }, OPTIONS).map(({ id }) => id)).toEqual([
      "5.1",
      "6.1",
    ]);
    for (const part of [one.slice(1), one.slice(0, 1), [...one, ...other]]) expect(() => decodeNeptune(part, OPTIONS)).toThrow(/commit/);
  });

  test("a statement of SPARQL is refused", () => {
    expect(() => decodeNeptune([{ eventId: { commitNum: 1, opNum: 1 }, op: "ADD", data: { stmt: "<hunter2>" } }], OPTIONS)).toThrow(
      /^(?!.*hunter2).*PG_JSON/,
    );
  });
});

describe("Supabase", () => {
  const body = { type: "UPDATE", table: "item", schema: "sales", record: { id: 2, n: 1 }, old_record: { id: 1, n: 1 } };

  test("a changed key, a schema, and the time at which it is read", () => {
    expect(decodeSupabase(body, OPTIONS)).toMatchObject({
      collection: "sales.item",
      key: { id: 2 },
      previousKey: { id: 1 },
      before: { id: 1 },
      changed: ["id"],
      committedAt: "1970-01-01T00:00:00.000000Z",
    });
  });

  test("the same body sent at another time is another change, unless its carrier says that it is not", () => {
    const at = (ms: number, id?: string): string => decodeSupabase(body, { source: "s", now: () => ms, id }).id;
    expect(at(1)).not.toBe(at(2));
    expect(at(1, "m")).toBe(at(2, "m"));
  });
});

describe("DynamoDB on Kinesis", () => {
  const record = {
    awsRegion: "eu-central-1",
    eventID: "f894",
    eventName: "INSERT",
    recordFormat: "application/json",
    tableName: "item",
    eventSource: "aws:dynamodb",
  };
  const at = (time: object): ChangeEvent | undefined =>
    decodeRecord("dynamodb", { ...record, dynamodb: { Keys: { id: { N: "1" } }, NewImage: { id: { N: "1" } }, ...time } }, OPTIONS)[0];

  test.each([
    [{ ApproximateCreationDateTime: 1_700_000_000_123 }, "2023-11-14T22:13:20.123000Z"],
    [
      { ApproximateCreationDateTime: 1_700_000_000_123_456, ApproximateCreationDateTimePrecision: "MICROSECOND" },
      "2023-11-14T22:13:20.123456Z",
    ],
    [{}, "1970-01-01T00:00:00.000000Z"],
  ])("%j", (time, committedAt) => {
    expect(at(time)).toMatchObject({ id: "eu-central-1/item/f894", database: "eu-central-1", collection: "item", committedAt });
  });

  test("a time that is none is refused", () => {
    expect(() => at({ ApproximateCreationDateTime: 1e300 })).toThrow(RangeError);
  });
});

test("several records, as Lambda has them; each has its number where the carrier's id is theirs", () => {
  const line = { operation: "insert", collection: "item", after: { id: 1 } };
  expect(decodeRecord("backstitch", [line, line], { ...OPTIONS, id: "m" }).map(({ id }) => id)).toEqual(["m/0", "m/1"]);
  expect(decodeRecord("backstitch", JSON.stringify(line), { ...OPTIONS, id: "m" }).map(({ id }) => id)).toEqual(["m"]);
  expect(() => decodeRecord("dynamodb", { Records: [null] }, OPTIONS)).toThrow(TypeError);
});

test.each([
  ["hunter2", TypeError, "not JSON"],
  [new Uint8Array([0xff]), TypeError, "not UTF-8"],
  ['{"a":'.repeat(501) + "1" + "}".repeat(501), RangeError, "deeper than 500"],
] as const)("text that is no record", (text, kind, message) => {
  expect(() => parseRecord(text)).toThrow(kind);
  expect(() => parseRecord(text)).toThrow(message);
});

test("brackets in texts are no depth", () => {
  expect(parseRecord(JSON.stringify("[".repeat(1_000)))).toHaveLength(1_000);
});
