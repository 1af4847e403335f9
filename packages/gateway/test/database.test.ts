import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gateway, server, type TestGateway } from "./support.ts";

const postgres = server();
const ALL = { roles: [{ name: "all", read: true, write: true, insert: true, delete: true }] };
const failed = vi.fn<(error: unknown) => void>();

beforeEach(() => failed.mockClear());
afterEach(() => expect(failed).not.toHaveBeenCalled());

function open(schema: string, ...tables: readonly string[]): Promise<TestGateway> {
  return gateway(postgres(), schema, Object.fromEntries(tables.map((name) => [name, ALL])), { failed, database: { connections: 1 } });
}

function code({ status, body }: { readonly status: number; readonly body: unknown }): unknown {
  return [status, (body as { code?: unknown } | undefined)?.code];
}

describe("what the database refuses is told in words, and is no failure of ours", () => {
  test("a document that others refer to, what an exclusion keeps apart, and what is too large for an index", async () => {
    await using shop = await open(
      `CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1);
       CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers ON DELETE RESTRICT); INSERT INTO orders VALUES (1, 1);
       CREATE TABLE rooms (id int PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&)); INSERT INTO rooms VALUES (1, '[2026-01-01,2026-01-03)');
       CREATE TABLE names (id int PRIMARY KEY, name text UNIQUE)`,
      "customers",
      "rooms",
      "names",
    );
    expect(code(await shop.ask("/v1/customers/1", { method: "DELETE" }))).toEqual([422, "VALUE_INVALID"]);
    expect(code(await shop.ask("/v1/rooms", { json: { id: 2, during: "[2026-01-02,2026-01-04)" } }))).toEqual([409, "ALREADY_THERE"]);
    const name = Array.from({ length: 9_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7_919) % 20_000))).join("");
    expect(code(await shop.ask("/v1/names", { json: { id: 1, name } }))).toEqual([422, "VALUE_INVALID"]);
  });

  test("what has no order", async () => {
    await using shop = await open("CREATE TABLE things (id int PRIMARY KEY, a json[], b xid, c point[], d jsonpath)", "things");
    for (const sort of ["a", "b", "c", "d"]) expect(code(await shop.ask(`/v1/things?sort=${sort}`)), sort).toEqual([400, "SORT_INVALID"]);
  });

  test("a document in the place of a key that is none", async () => {
    await using shop = await open("CREATE TABLE things (id int PRIMARY KEY, n int)", "things");
    for (const key of ["abc", "99999999999", "%00"])
      expect(code(await shop.ask(`/v1/things/${key}`, { method: "PUT", json: { n: 1 } })), key).toEqual([422, "VALUE_INVALID"]);
  });
});

test("who asks for a key that is none costs no connection", async () => {
  await using shop = await open("CREATE TABLE things (id int PRIMARY KEY)", "things");
  const connections = () =>
    shop.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'backstitch gateway' AND datname = current_database()");
  expect((await shop.ask("/v1/things/abc")).status).toBe(404);
  const before = await connections();
  expect(before).toHaveLength(1);
  for (let time = 0; time < 3; time += 1) expect((await shop.ask("/v1/things/abc")).status).toBe(404);
  expect(await connections()).toEqual(before);
});

test("after a column got another type who asks comes again, once", async () => {
  await using shop = await open("CREATE TABLE things (id int PRIMARY KEY, n int); INSERT INTO things VALUES (1, 1)", "things");
  for (const [type, way] of [
    ["bigint", {}],
    ["numeric", { method: "PATCH", json: { n: 2 } }],
  ] as const) {
    expect((await shop.ask("/v1/things/1", way)).status).toBe(200);
    await shop.sql(`ALTER TABLE things ALTER n TYPE ${type}`);
    expect(code(await shop.ask("/v1/things/1", way))).toEqual([503, "BUSY"]);
    expect((await shop.ask("/v1/things/1", way)).status).toBe(200);
  }
});

test("a binary key is base64 in the address as it is in the document", async () => {
  await using shop = await open("CREATE TABLE files (id bytea PRIMARY KEY, n int); INSERT INTO files VALUES ('\\xfbff', 1)", "files");
  expect((await shop.ask("/v1/files")).body).toMatchObject({ documents: [{ id: "+/8=" }] });
  const at = "/v1/files/%2B%2F8%3D";
  expect((await shop.ask(at)).body).toEqual({ id: "+/8=", n: 1 });
  expect((await shop.ask(at, { method: "PATCH", json: { n: 2 } })).body).toEqual({ id: "+/8=", n: 2 });
  expect((await shop.ask(at, { method: "PUT", json: { n: 3 } })).status).toBe(200);
  const added = await shop.ask("/v1/files", { json: { id: "AAE=" } });
  expect((await shop.ask(added.headers.get("location") ?? "")).status).toBe(200);
  expect(
    (await shop.ask("/action/updateOne", { json: { collection: "files", filter: { n: 3 }, update: { $set: { n: 4 } } } })).body,
  ).toMatchObject({
    modifiedCount: 1,
  });
  expect((await shop.ask(at, { method: "DELETE" })).status).toBe(204);
  expect(code(await shop.ask("/v1/files", { json: { id: "no base64!" } }))).toEqual([422, "VALUE_INVALID"]);
  expect((await shop.ask("/v1/files/no%20base64!")).status).toBe(404);
});
