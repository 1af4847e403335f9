import { BSON, Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from "mongodb";
import { expect, test } from "vitest";
import { Decimal, type Value } from "@backstitch/core/values";
import { fromExtendedJson } from "../src/decoders/extended-json.ts";
import { readBatches, readEvents } from "./support/database.ts";
import { openMongo, through, type Item } from "./support/mongodb.ts";

const { BSONRegExp, BSONSymbol, Code, DBRef, MaxKey, MinKey } = BSON;

const VALUES: readonly (readonly [string, unknown, Value])[] = [
  ["int32", new Int32(7), 7],
  ["int64", Long.fromString("12"), 12],
  ["the last int64 that is safe", Long.fromString("9007199254740991"), 9007199254740991],
  ["the first int64 that is not", Long.fromString("9007199254740992"), 9007199254740992n],
  ["an int64 beyond", Long.fromString("9007199254740993"), 9007199254740993n],
  ["the least int64", Long.MIN_VALUE, -9223372036854775808n],
  ["double", new Double(1.5), 1.5],
  ["a double that is whole", new Double(3), 3],
  ["NaN", new Double(NaN), NaN],
  ["Decimal128 with its zeros", Decimal128.fromString("12.50"), Decimal.parse("12.50")],
  [
    "Decimal128 of 34 digits",
    Decimal128.fromString("1234567890123456789012345678901234"),
    Decimal.parse("1234567890123456789012345678901234"),
  ],
  ["Decimal128 with an exponent", Decimal128.fromString("1.5E+300"), Decimal.parse("1.5E+300")],
  ["Decimal128 that is no number", Decimal128.fromString("NaN"), "NaN"],
  ["Decimal128 without end", Decimal128.fromString("-Infinity"), "-Infinity"],
  ["ObjectId", new ObjectId("0123456789abcdef01234567"), "0123456789abcdef01234567"],
  ["date", new Date("2026-01-31T12:00:00.123Z"), "2026-01-31T12:00:00.123000Z"],
  ["a date before 1970", new Date("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999000Z"],
  ["a date of long from now", new Date(253402300800000), 253402300800000],
  ["timestamp", new Timestamp({ t: 1_700_000_000, i: 3 }), { t: 1_700_000_000, i: 3 }],
  ["binary", new Binary(Buffer.from([1, 2, 255])), "AQL/"],
  ["UUID", new UUID("00112233-4455-6677-8899-aabbccddeeff"), "00112233-4455-6677-8899-aabbccddeeff"],
  ["an old UUID, whose order nobody knows", new Binary(Buffer.alloc(16, 1), 3), Buffer.alloc(16, 1).toString("base64")],
  ["a pattern that JavaScript has not", new BSONRegExp("(?i)a++", "x"), { pattern: "(?i)a++", options: "x" }],
  ["symbol", new BSONSymbol("s"), "s"],
  ["code", new Code("f()"), "f()"],
  ["code with a scope", new Code("f()", { a: new Int32(1) }), "f()"],
  ["reference", new DBRef("c", new ObjectId("0123456789abcdef01234567")), { $ref: "c", $id: "0123456789abcdef01234567" }],
  ["the least and the greatest key", [new MinKey(), new MaxKey()], ["MinKey", "MaxKey"]],
  ["nothing", null, null],
  ["lists and documents", [{ a: [Long.fromString("9007199254740993")] }], [{ a: [9007199254740993n] }]],
  ["a text", "日本 🎉 \u0000", "日本 🎉 \u0000"],
];

test("every BSON type arrives as it is", async () => {
  await using mongo = await openMongo();
  const fields = Object.fromEntries(VALUES.map(([name, value]) => [name, value]));
  await mongo.collection("orders").insertOne({ _id: Long.fromString("9007199254740993"), ...fields });
  const events = await readEvents(mongo.source(), 1);
  expect(events[0]).toMatchObject({ key: { _id: 9007199254740993n }, collection: "orders", database: "shop" });
  const after = events[0]?.after ?? {};
  for (const [name, , expected] of VALUES) expect([name, after[name]]).toEqual([name, expected]);
});

test("as from Extended JSON", () => {
  for (const [name, value, expected] of VALUES) {
    const text = BSON.EJSON.stringify({ value }, { relaxed: false });
    expect([name, fromExtendedJson(JSON.parse(text) as Value)]).toEqual([name, { value: expected }]);
  }
});

test("a field called __proto__ is a field", async () => {
  await using mongo = await openMongo();
  await mongo.collection("orders").insertOne(JSON.parse('{"_id": 1, "__proto__": {"admin": true}}') as Item);
  const events = await readEvents(mongo.source(), 1);
  const after = events[0]?.after ?? {};
  expect(Object.keys(after)).toEqual(["_id", "__proto__"]);
  expect(after["admin"]).toBeUndefined();
});

test("a field that is called like the driver's own marks is a field", async () => {
  await using mongo = await openMongo();
  await mongo.collection("orders").insertOne({ _id: 1, owner: { _bsontypX: "ObjectId", id: 7 } });
  await using wire = await through(mongo.peer, (bytes) => {
    const at = bytes.indexOf("_bsontypX");
    if (at !== -1) bytes.write("_bsontype", at);
  });
  const events = await readEvents(mongo.source({ connectionString: wire.url }), 1);
  expect(events[0]?.after).toEqual({ _id: 1, owner: { _bsontype: "ObjectId", id: 7 } });
});

test("a text that is not UTF-8 does not end the stream", async () => {
  await using mongo = await openMongo();
  await mongo.collection("orders").insertMany([{ _id: 1, name: "broken: @@@@" }, { _id: 2 }]);
  await using wire = await through(mongo.peer, (bytes) => {
    const at = bytes.indexOf("@@@@");
    if (at !== -1) bytes.fill(0xff, at, at + 2);
  });
  const events = await readEvents(mongo.source({ connectionString: wire.url }), 2);
  expect(events.map(({ after }) => after)).toEqual([{ _id: 1, name: "broken: \ufffd\ufffd@@" }, { _id: 2 }]);
});

test("what cannot be written as a value is kept with its bytes, and the rest goes on", async () => {
  await using mongo = await openMongo();
  const never = Long.MAX_VALUE;
  await mongo.collection("orders").insertMany([{ _id: 1, until: new Double(0), secret: "hunter2" }, { _id: 2 }]);
  await using wire = await through(mongo.peer, (bytes) => {
    const at = bytes.indexOf("until\0");
    if (at === -1) return;
    // A double of eight bytes becomes a date of eight bytes.
    bytes[at - 1] = 0x09;
    bytes.writeBigInt64LE(BigInt(never.toString()), at + 6);
  });
  const batches = await readBatches(mongo.source({ connectionString: wire.url }), (all) => all.some(({ events }) => events.length > 0));
  const [record] = batches.flatMap(({ unreadable = [] }) => unreadable);
  expect(batches.flatMap(({ events }) => events).map(({ key }) => key)).toEqual([{ _id: 2 }]);
  expect(record).toMatchObject({ id: expect.stringMatching(/^82/), reason: expect.stringContaining("a date that is too far from 1970") });
  expect(record?.reason).not.toContain("hunter2");
  expect(BSON.deserialize(record?.raw ?? new Uint8Array())).toMatchObject({
    operationType: "insert",
    fullDocument: { _id: 1, secret: "hunter2" },
  });
});
