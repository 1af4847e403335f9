import { describe, expect, test } from "vitest";
import { gateway, server, type TestGateway } from "./support.ts";

const postgres = server();
const SCHEMA = `CREATE TABLE lines (_id text PRIMARY KEY, price numeric, pieces numeric NOT NULL DEFAULT 1, note text,
    total numeric GENERATED ALWAYS AS (price * pieces) STORED);
  INSERT INTO lines VALUES ('one', 2.5, 4, 'first')`;
const ALL = { name: "all", fields: { total: { read: true } }, additionalFields: { read: true, write: true }, insert: true, delete: true };

async function invoice(): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { lines: { roles: [ALL] } });
}

describe("what is written over a document", () => {
  test("a number that JSON's numbers cannot hold is one in a patch too", async () => {
    await using lines = await invoice();
    const headers = { "content-type": "application/json" };
    for (const price of ["12345678901234567890.123456789", "0.1000000000000000000001", "12345678901234567890"]) {
      const answer = await lines.ask("/v1/lines/one", { method: "PATCH", headers, body: `{"price":${price}}` });
      expect([answer.status, await lines.sql("SELECT price::text FROM lines")], answer.text).toEqual([200, [{ price }]]);
    }
  });

  test("what the database makes by itself is left to it where a document takes another's place", async () => {
    await using lines = await invoice();
    const replaced = await lines.ask("/action/replaceOne", {
      json: { collection: "lines", filter: { _id: "one" }, replacement: { price: 3, pieces: 2 } },
    });
    expect([replaced.status, replaced.body]).toEqual([200, { matchedCount: 1, modifiedCount: 1 }]);
    expect((await lines.ask("/v1/lines/one")).text).toBe('{"_id":"one","price":3,"pieces":2,"note":null,"total":6}');
    const put = await lines.ask("/v1/lines/one", { method: "PUT", json: { price: 5, pieces: 2, note: "put" } });
    expect([put.status, put.text]).toEqual([200, '{"_id":"one","price":5,"pieces":2,"note":"put","total":10}']);
    // As it was read, so it can be put back; otherwise than it is made it cannot be.
    const back = await lines.ask("/v1/lines/one", { method: "PUT", json: { ...(put.body as object), note: "back" } });
    expect([back.status, back.body]).toEqual([200, expect.objectContaining({ note: "back", total: 10 })]);
    for (const [path, method, json] of [
      ["/v1/lines/one", "PUT", { pieces: 1, total: 1 }],
      ["/v1/lines/one", "PATCH", { total: 1 }],
      ["/action/replaceOne", "POST", { collection: "lines", filter: {}, replacement: { pieces: 1, total: 1 } }],
      ["/action/updateOne", "POST", { collection: "lines", filter: {}, update: { $unset: { total: "" } } }],
    ] as const)
      expect((await lines.ask(path, { method, json })).status, `${method} ${path}`).toBe(403);
  });

  test("what changes nothing writes nothing", async () => {
    await using lines = await invoice();
    const version = async (): Promise<unknown> => lines.sql("SELECT xmin::text FROM lines");
    const before = await version();
    const whole = { price: 2.5, pieces: 4, note: "first" };
    expect((await lines.ask("/v1/lines/one", { method: "PUT", json: whole })).status).toBe(200);
    expect((await lines.ask("/v1/lines/one", { method: "PATCH", json: { note: "first" } })).status).toBe(200);
    const replacement = await lines.ask("/action/replaceOne", { json: { collection: "lines", filter: {}, replacement: whole } });
    expect(replacement.body).toEqual({ matchedCount: 1, modifiedCount: 0 });
    expect(await version()).toEqual(before);
  });
});
