import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareNumbers, Decimal, type Value } from "@backstitch/core/values";
import { decodeDynamoDbRecord, type AttributeValue, type DynamoDbRecord } from "@backstitch/sources/decoders";

const ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2026-11-20T10:00:00.000";

type Image = Record<string, AttributeValue>;

function record(eventName: DynamoDbRecord["eventName"], stream: NonNullable<DynamoDbRecord["dynamodb"]>): DynamoDbRecord {
  return { eventID: "c4ca", eventName, eventSourceARN: ARN, awsRegion: "eu-central-1", dynamodb: { Keys: { id: { S: "1" } }, ...stream } };
}

function decode(given: DynamoDbRecord) {
  return decodeDynamoDbRecord(given, { source: "shop", now: () => 0 });
}

function valueOf(attribute: AttributeValue): Value | undefined {
  return decode(record("INSERT", { NewImage: { field: attribute } })).after?.["field"];
}

const values: readonly (readonly [name: string, attribute: AttributeValue, value: Value])[] = [
  ["string", { S: "" }, ""],
  ["integer", { N: "42" }, 42],
  ["largest safe integer", { N: "9007199254740991" }, 9_007_199_254_740_991],
  ["integer beyond that", { N: "9007199254740993" }, 9_007_199_254_740_993n],
  ["38 digits", { N: "-12345678901234567890123456789012345678" }, -12_345_678_901_234_567_890_123_456_789_012_345_678n],
  ["fraction that a number keeps", { N: "12.5" }, 12.5],
  ["a tenth", { N: "0.1" }, 0.1],
  ["38 digits with a point", { N: "1234567890123456789.0123456789012345678" }, Decimal.parse("1234567890123456789.0123456789012345678")],
  ["large exponent", { N: "1E+125" }, Decimal.parse("1E+125")],
  ["small exponent", { N: "1E-130" }, 1e-130],
  ["true", { BOOL: true }, true],
  ["false", { BOOL: false }, false],
  ["null", { NULL: true }, null],
  ["binary stays base64", { B: "AAEqQQ==" }, "AAEqQQ=="],
  ["string set", { SS: ["a", "b"] }, ["a", "b"]],
  ["number set", { NS: ["1", "9007199254740993", "0.5"] }, [1, 9_007_199_254_740_993n, 0.5]],
  ["binary set", { BS: ["AA==", "AQ=="] }, ["AA==", "AQ=="]],
  ["list", { L: [{ S: "a" }, { N: "1" }, { L: [] }] }, ["a", 1, []]],
  ["map", { M: { a: { M: { b: { NULL: true } } } } }, { a: { b: null } }],
];

describe("values", () => {
  test.for(values)("%s", ([, attribute, value]) => {
    expect(valueOf(attribute)).toEqual(value);
  });

  test("attributes may be called like anything", () => {
    const image = JSON.parse('{"__proto__": {"S": "own"}, "constructor": {"S": "too"}}') as Image;
    const { after } = decode(record("INSERT", { NewImage: image }));
    expect(Object.entries(after ?? {})).toEqual([
      ["__proto__", "own"],
      ["constructor", "too"],
    ]);
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
  });

  test("no digit is lost", () => {
    const digits = fc.stringMatching(/^-?[1-9]\d{0,18}(\.\d{0,18}[1-9])?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const value = valueOf({ N: text }) as number | bigint | Decimal;
        expect(compareNumbers(value, Decimal.parse(text))).toBe(0);
        if (typeof value === "number") expect(String(value)).toBe(text);
      }),
    );
  });
});

const old: Image = {
  id: { S: "1" },
  status: { S: "open" },
  tags: { SS: ["a", "b"] },
  gone: { N: "1" },
  deep: { M: { a: { N: "1" }, b: { N: "2" } } },
};
const fresh: Image = {
  id: { S: "1" },
  status: { S: "paid" },
  tags: { SS: ["b", "a"] },
  added: { N: "1" },
  deep: { M: { b: { N: "2" }, a: { N: "1" } } },
};
const oldRow = { id: "1", status: "open", tags: ["a", "b"], gone: 1, deep: { a: 1, b: 2 } };
const freshRow = { id: "1", status: "paid", tags: ["b", "a"], added: 1, deep: { b: 2, a: 1 } };
const key = { id: "1" };
const all = ["id", "status", "tags", "added", "deep"];

interface View {
  readonly name: string;
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE";
  readonly images: { readonly NewImage?: Image; readonly OldImage?: Image };
  readonly event: object;
}

const views: readonly View[] = [
  {
    name: "insert, both",
    eventName: "INSERT",
    images: { NewImage: fresh },
    event: { operation: "insert", before: null, after: freshRow, changed: all, unsent: [] },
  },
  {
    name: "insert, key alone",
    eventName: "INSERT",
    images: {},
    event: { operation: "insert", before: null, after: key, changed: undefined, unsent: ["*"] },
  },
  {
    name: "update, both",
    eventName: "MODIFY",
    images: { NewImage: fresh, OldImage: old },
    event: { operation: "update", before: oldRow, after: freshRow, changed: ["status", "added", "gone"], unsent: [] },
  },
  {
    name: "update, new",
    eventName: "MODIFY",
    images: { NewImage: fresh },
    event: { before: undefined, after: freshRow, changed: undefined, unsent: [] },
  },
  {
    name: "update, old",
    eventName: "MODIFY",
    images: { OldImage: old },
    event: { before: oldRow, after: key, changed: undefined, unsent: ["*"] },
  },
  {
    name: "update, key alone",
    eventName: "MODIFY",
    images: {},
    event: { before: undefined, after: key, changed: undefined, unsent: ["*"] },
  },
  {
    name: "delete, both",
    eventName: "REMOVE",
    images: { OldImage: old },
    event: { operation: "delete", before: oldRow, after: null, changed: [], unsent: [] },
  },
  {
    name: "delete, new or key alone",
    eventName: "REMOVE",
    images: {},
    event: { operation: "delete", before: undefined, after: null, changed: [], unsent: [] },
  },
];

test.for(views)("what the view sends: $name", ({ eventName, images, event }) => {
  expect(decode(record(eventName, images))).toMatchObject({ key, previousKey: undefined, origin: "log", ...event });
});

test("an event says where it is from, and when", () => {
  const given = record("INSERT", { NewImage: fresh, ApproximateCreationDateTime: 1_479_499_740.25 });
  const event = decodeDynamoDbRecord(given, { source: "shop", collection: (table) => `prod.${table}` });
  expect(event).toMatchObject({
    id: `${ARN}/c4ca`,
    source: "shop",
    database: "eu-central-1",
    collection: "prod.orders",
    committedAt: "2016-11-18T20:09:00.250000Z",
  });
  expect(decode(given).collection).toBe("orders");
});

/** The shape of `sam local generate-event dynamodb update`, and of the guide's example, which has no time. */
test("the documented example", () => {
  const documented = (
    eventID: string,
    eventName: "INSERT" | "MODIFY" | "REMOVE",
    images: object,
  ): DynamoDbRecord & Record<string, unknown> => ({
    eventID,
    eventName,
    eventVersion: "1.0",
    eventSource: "aws:dynamodb",
    awsRegion: "us-west-2",
    dynamodb: { Keys: { Id: { N: "101" } }, ...images, SequenceNumber: "111", StreamViewType: "NEW_AND_OLD_IMAGES" },
    eventSourceARN: "arn:aws:dynamodb:us-west-2:account-id:table/ExampleTableWithStream/stream/2015-06-27T00:48:05.899",
  });
  const added = { Message: { S: "New item!" }, Id: { N: "101" } };
  const altered = { Message: { S: "This item has changed" }, Id: { N: "101" } };
  const events = [
    documented("1", "INSERT", { NewImage: added }),
    documented("2", "MODIFY", { NewImage: altered, OldImage: added }),
    documented("3", "REMOVE", { OldImage: altered }),
  ].map(decode);
  expect(events.map(({ operation, key, changed }) => [operation, key, changed])).toEqual([
    ["insert", { Id: 101 }, ["Message", "Id"]],
    ["update", { Id: 101 }, ["Message"]],
    ["delete", { Id: 101 }, []],
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  expect(events[0]).toMatchObject({ collection: "ExampleTableWithStream", committedAt: "1970-01-01T00:00:00.000000Z" });
});

const good = record("INSERT", { NewImage: fresh });
const unreadable: readonly (readonly [name: string, given: object, message: string | RegExp])[] = [
  ["no operation", { ...good, eventName: undefined }, '"eventName" must be INSERT, MODIFY or REMOVE.'],
  ["an operation that there is not", { ...good, eventName: "toString" }, '"eventName" must be INSERT, MODIFY or REMOVE.'],
  ["no table", { ...good, eventSourceARN: "arn:aws:sqs:eu-central-1:1:queue" }, "names a table"],
  ["no id", { ...good, eventID: "" }, 'no "eventID"'],
  ["no stream record", { ...good, dynamodb: undefined }, 'no "dynamodb.Keys"'],
  [
    "a type that there is not",
    record("INSERT", { NewImage: { a: { X: "secret" } as AttributeValue } }),
    /^A value of the record has none of the types of DynamoDB's JSON: S, N, B, BOOL, NULL, M, L, SS, NS, BS\.$/,
  ],
  [
    "an item in plain JSON, whose names may be of people",
    record("INSERT", { NewImage: { contacts: { "ada@example.com": "secret" } as AttributeValue } }),
    /^A value of the record has none of the types of [^@]*$/,
  ],
  [
    "an item in plain JSON, whose values are texts",
    record("INSERT", { NewImage: { phone: "+15005550009" as AttributeValue } }),
    /^A value of the record is not an object like \{"S": "…"\}: the item is not DynamoDB's JSON\.$/,
  ],
  ["a value that is null", record("INSERT", { NewImage: { phone: null as unknown as AttributeValue } }), "is not an object like"],
  ["a list that is none", record("INSERT", { NewImage: { phone: { L: "secret" } as unknown as AttributeValue } }), "none of the types"],
  ["a set that is none", record("INSERT", { NewImage: { phone: { NS: "secret" } as unknown as AttributeValue } }), "none of the types"],
  ["a string that is none", record("INSERT", { NewImage: { phone: { S: 5 } as unknown as AttributeValue } }), "none of the types"],
  ["a number that is no text", record("INSERT", { NewImage: { phone: { N: 5 } as unknown as AttributeValue } }), "none of the types"],
  ["a number that is none", record("INSERT", { NewImage: { a: { N: "NaN" } } }), /^A number of the record is not a decimal number\.$/],
];

test.for(unreadable)("unreadable: %s", ([, given, message]) => {
  expect(() => decode(given as DynamoDbRecord)).toThrow(message);
});
