import { describe, expect, test } from "vitest";
import { Decimal, type Row } from "@backstitch/core/values";
import { mongoChange } from "../src/mongodb/change.ts";

const COMMON: Row = {
  _id: { _data: "8263A1" },
  clusterTime: { t: 1_700_000_000, i: 3 },
  wallTime: "2023-11-14T22:13:20.123000Z",
  ns: { db: "shop", coll: "orders" },
  documentKey: { _id: 7 },
};
const DOCUMENT: Row = { _id: 7, total: Decimal.parse("12.50"), items: [1, 2], address: { zip: "1010" } };

function change(fields: Row): ReturnType<typeof mongoChange> {
  return mongoChange({ ...COMMON, ...fields }, { source: "mongo" });
}

describe("a MongoDB change event becomes a change event", () => {
  test("insert", () => {
    expect(change({ operationType: "insert", fullDocument: DOCUMENT, txnNumber: 3, lsid: {} })).toEqual({
      id: "8263A1",
      source: "mongo",
      origin: "log",
      operation: "insert",
      database: "shop",
      collection: "orders",
      key: { _id: 7 },
      previousKey: undefined,
      after: DOCUMENT,
      before: null,
      unsent: [],
      changed: ["_id", "total", "items", "address"],
      committedAt: "2023-11-14T22:13:20.123000Z",
    });
  });

  test("delete, with and without the document as it was", () => {
    expect(change({ operationType: "delete" })).toMatchObject({ after: null, before: undefined, changed: [], unsent: [] });
    expect(change({ operationType: "delete", fullDocumentBeforeChange: DOCUMENT })).toMatchObject({ after: null, before: DOCUMENT });
    expect(change({ operationType: "delete", fullDocumentBeforeChange: null })).toMatchObject({ before: undefined });
  });

  test("a replacement tells what changed where the document is known as it was", () => {
    const after = { ...DOCUMENT, total: Decimal.parse("12.5"), extra: 1 };
    expect(change({ operationType: "replace", fullDocument: after })).toMatchObject({ after, before: undefined, changed: undefined });
    expect(change({ operationType: "replace", fullDocument: after, fullDocumentBeforeChange: { ...DOCUMENT, gone: 1 } })).toMatchObject({
      changed: ["total", "extra", "gone"],
    });
  });

  const updateDescription = {
    updatedFields: { total: 3, "address.zip": "1020", "items.0": 9 },
    removedFields: ["note", "address.street"],
    truncatedArrays: [{ field: "tags", newSize: 1 }],
  };

  test("an update tells the top-level fields that changed", () => {
    expect(change({ operationType: "update", updateDescription, fullDocument: DOCUMENT })).toMatchObject({
      after: DOCUMENT,
      before: undefined,
      unsent: [],
      changed: ["total", "address", "items", "note", "tags"],
    });
  });

  test.each([{ fullDocument: null }, {}] as readonly Row[])("an update without the document holds what is known of it (%j)", (fields) => {
    expect(change({ operationType: "update", updateDescription, ...fields })).toMatchObject({ after: { _id: 7, total: 3 }, unsent: ["*"] });
  });

  test("a key further down is no field of its own", () => {
    const documentKey = { "address.zip": "1010", _id: 7 };
    const event = change({ operationType: "update", updateDescription, documentKey });
    expect(event).toMatchObject({ key: documentKey, after: { _id: 7, total: 3 } });
    expect(Object.keys(event?.after ?? {})).toEqual(["_id", "total"]);
  });

  test("a dot in a field's name is told from a path by the server, or by the document", () => {
    const dotted = { updatedFields: { "a.b": 1, "c.0": 2 }, removedFields: [] };
    const told = { ...dotted, disambiguatedPaths: { "a.b": ["a.b"], "c.0": ["c", "0"] } };
    expect(change({ operationType: "update", updateDescription: told })).toMatchObject({ changed: ["a.b", "c"], after: { "a.b": 1 } });
    expect(change({ operationType: "update", updateDescription: dotted, fullDocument: { "a.b": 1, c: [2] } })?.changed).toEqual([
      "a.b",
      "c",
    ]);
    expect(change({ operationType: "update", updateDescription: dotted, fullDocument: { "a.b": 1, a: {}, c: [] } })?.changed).toEqual([
      "a",
      "a.b",
      "c",
    ]);
    expect(change({ operationType: "update", updateDescription: dotted })?.changed).toEqual(["a", "c"]);
  });

  test("without a wall time the cluster's second stands in, and the clock where there is neither", () => {
    const { wallTime: _, ...rest } = COMMON;
    const document = { ...rest, operationType: "delete" };
    expect(mongoChange(document, { source: "s" })?.committedAt).toBe("2023-11-14T22:13:20.000000Z");
    const { clusterTime: __, ...bare } = document as Row;
    expect(mongoChange(bare, { source: "s", now: () => 0 })?.committedAt).toBe("1970-01-01T00:00:00.000000Z");
  });

  test.each(["drop", "rename", "dropDatabase", "invalidate", "create", "createIndexes"])("%s happened to no document", (operationType) => {
    expect(change({ operationType })).toBeUndefined();
  });

  test("a collection is called what it is told to be", () => {
    const event = mongoChange({ ...COMMON, operationType: "delete" }, { source: "s", collection: (name) => `my-${name}` });
    expect(event?.collection).toBe("my-orders");
  });

  test.each([
    [{ operationType: 1 }, "operationType"],
    [{ operationType: "insert" }, "fullDocument"],
    [{ operationType: "update" }, "updateDescription"],
    [{ operationType: "update", updateDescription: { removedFields: [{ secret: "hunter2" }] } }, "names fields"],
    [{ operationType: "delete", ns: { db: "hunter2" } }, "ns.coll"],
    [{ operationType: "delete", _id: {} }, "_id._data"],
    [{ operationType: "delete", documentKey: "hunter2" }, "documentKey"],
    [{ operationType: "delete", wallTime: "hunter2" }, "wallTime"],
  ] as readonly [Row, string][])("what is no change event says why, without its values: %j", (fields, named) => {
    expect(() => change(fields)).toThrow(named);
    expect(() => change(fields)).not.toThrow("hunter2");
  });
});
