import { describe, expect, test } from "vitest";
import { raw } from "./raw.ts";
import { gateway, server, type TestGateway } from "./support.ts";

const postgres = server();
const ADA = { id: "ada", type: "normal" };
const BOB = { id: "bob", type: "normal" };
const SCHEMA = `CREATE TABLE orders (id int PRIMARY KEY, owner text NOT NULL, status text NOT NULL DEFAULT 'new', price numeric(10, 2), secret text,
    address jsonb, made timestamptz);
  INSERT INTO orders VALUES (1, 'ada', 'new', 12.50, 's1', '{"city": "Bonn", "zip": 53111}', '2026-01-01'), (2, 'bob', 'new', 3, 's2', NULL, NULL),
    (3, 'ada', 'shipped', NULL, 's3', NULL, '2026-02-01')`;
const OWNER = {
  name: "owner",
  applyWhen: { "root.owner": { $path: "user.id" } },
  insert: true,
  delete: { "prevRoot.status": "new" },
  fields: {
    secret: { read: false },
    status: { read: true, write: { "prevRoot.status": { $ne: "shipped" } } },
    owner: { write: { "root.owner": { $path: "user.id" } } },
    address: { fields: { city: { write: true }, zip: { read: true } } },
  },
  additionalFields: { write: true },
};

async function shop(): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { orders: { roles: [OWNER] } });
}

async function ids(shop: TestGateway, query: string, user: object): Promise<unknown> {
  const { body, status, text } = await shop.ask(`/v1/orders?${query}`, { user: user as never });
  expect(status, text).toBe(200);
  return (body as { documents: { id: number }[] }).documents.map(({ id }) => id);
}

describe("reading", () => {
  test("everybody reads what is theirs, without what is withheld", async () => {
    await using orders = await shop();
    expect((await orders.ask("/v1/orders/1", { user: ADA })).text).toBe(
      '{"id":1,"owner":"ada","status":"new","price":12.50,"address":{"zip":53111,"city":"Bonn"},"made":"2026-01-01T00:00:00.000000Z"}',
    );
    expect((await orders.ask("/v1/orders/2", { user: ADA })).status).toBe(404);
    expect((await orders.ask("/v1/orders/1")).status).toBe(404);
    expect(await ids(orders, "", ADA)).toEqual([1, 3]);
    expect(await ids(orders, "", BOB)).toEqual([2]);
  });

  test("a filter finds nothing by what may not be read", async () => {
    await using orders = await shop();
    const filter = (value: unknown): string => `filter=${encodeURIComponent(JSON.stringify(value))}`;
    expect(await ids(orders, filter({ price: { $gt: 12 } }), ADA)).toEqual([1]);
    expect(await ids(orders, filter({ secret: "s1" }), ADA)).toEqual([]);
    expect(await ids(orders, filter({ secret: null }), ADA)).toEqual([1, 3]);
    expect(await ids(orders, filter({ "address.zip": 53111 }), ADA)).toEqual([1]);
    expect(await ids(orders, filter({ $not: { status: "new" } }), ADA)).toEqual([3]);
    const wrong = await orders.ask(`/v1/orders?${filter({ price: { $gtt: 1 } })}`, { user: ADA });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toMatchObject({ code: "FILTER_INVALID", detail: expect.stringContaining('Did you mean "$gt"') as string });
  });

  test("what is asked for stands between the first ? and #", async () => {
    await using orders = await shop();
    const asked = (target: string): ReturnType<typeof raw> =>
      raw(orders.url, `GET ${target} HTTP/1.1\r\nhost: x\r\nx-test-user: ${JSON.stringify(ADA)}\r\nconnection: close\r\n\r\n`);
    expect((await asked("/v1/orders/1?fields=id#&count=true")).body).toBe('{"id":1}');
    expect((await asked("/v1/orders/1#?fields=id")).body).toContain('"owner":"ada"');
    expect((await asked("/v1/orders/1??fields=id")).body).toContain('There is no parameter \\"?fields\\"');
  });

  test("pages follow each other, in the order that was asked for", async () => {
    await using orders = await shop();
    await orders.sql(
      "INSERT INTO orders SELECT n, 'ada', 'new', CASE WHEN n % 3 = 0 THEN NULL ELSE n % 7 END, 's' FROM generate_series(10, 40) n",
    );
    for (const sort of ["", "price", "-price", "-made,price", "status,-id"]) {
      const whole = await ids(orders, `limit=100&sort=${sort}`, ADA);
      const found: number[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page = await orders.ask(`/v1/orders?limit=4&sort=${sort}${cursor === "" ? "" : `&cursor=${cursor}`}`, { user: ADA });
        const { documents, next } = page.body as { documents: { id: number }[]; next: string | null };
        found.push(...documents.map(({ id }) => id));
        cursor = next;
      }
      expect(found, sort).toEqual(whole);
      expect(found).toHaveLength(33);
    }
    expect((await orders.ask("/v1/orders?count=true&limit=1", { user: ADA })).body).toMatchObject({ count: 33 });
    expect((await orders.ask("/v1/orders?sort=secret", { user: ADA })).body).toMatchObject({ code: "SORT_INVALID" });
  });
});

describe("writing", () => {
  test("what is written is what was permitted, and nothing else", async () => {
    await using orders = await shop();
    const made = await orders.ask("/v1/orders", { user: ADA, json: { id: 9, owner: "ada", price: 1.5 } });
    expect([made.status, made.text, made.headers.get("location")]).toEqual([
      201,
      '{"id":9,"owner":"ada","status":"new","price":1.50,"made":null}',
      "/v1/orders/9",
    ]);
    const refused: readonly (readonly [string, string, unknown, number])[] = [
      ["POST", "/v1/orders", { id: 10, owner: "bob" }, 403],
      ["POST", "/v1/orders", { id: 10, owner: "ada", secret: "mine" }, 403],
      ["POST", "/v1/orders", { id: 2, owner: "bob" }, 403],
      ["POST", "/v1/orders", { id: 2, owner: "ada" }, 409],
      ["POST", "/v1/orders", { id: 11, owner: "ada", price: "much" }, 422],
      ["POST", "/v1/orders", { id: 11, owner: "ada", colour: "red" }, 422],
      ["PATCH", "/v1/orders/1", { owner: "bob" }, 403],
      ["PATCH", "/v1/orders/1", { secret: "x" }, 403],
      ["PATCH", "/v1/orders/1", { address: { zip: 1 } }, 403],
      ["PATCH", "/v1/orders/2", { owner: "ada" }, 404],
      ["PATCH", "/v1/orders/3", { status: "new" }, 403],
      ["DELETE", "/v1/orders/3", undefined, 403],
      ["DELETE", "/v1/orders/2", undefined, 404],
      ["PUT", "/v1/orders/2", { owner: "ada", status: "new" }, 409],
      ["PUT", "/v1/orders/2", { owner: "bob", status: "new" }, 403],
      ["PUT", "/v1/orders/12", { owner: "bob", status: "new" }, 403],
    ];
    const before = await orders.sql("SELECT * FROM orders ORDER BY id");
    for (const [method, path, json, status] of refused) {
      const answer = await orders.ask(path, { user: ADA, method, ...(json === undefined ? {} : { json }) });
      expect(answer.status, `${method} ${path} ${JSON.stringify(json)}: ${answer.text}`).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect(await orders.sql("SELECT * FROM orders ORDER BY id")).toEqual(before);
  });

  test("a document is changed in part, replaced and deleted", async () => {
    await using orders = await shop();
    const patched = await orders.ask("/v1/orders/1", { user: ADA, method: "PATCH", json: { status: "paid", address: { city: "Köln" } } });
    expect([patched.status, patched.body]).toEqual([
      200,
      expect.objectContaining({ status: "paid", address: { city: "Köln", zip: 53111 } }),
    ]);
    expect(await orders.sql("SELECT secret FROM orders WHERE id = 1")).toEqual([{ secret: "s1" }]);
    expect((await orders.ask("/v1/orders/1", { user: ADA, method: "DELETE" })).status).toBe(403);
    expect((await orders.ask("/v1/orders/1", { user: ADA, method: "PATCH", json: { status: "new" } })).status).toBe(200);
    expect((await orders.ask("/v1/orders/1", { user: ADA, method: "DELETE" })).status).toBe(204);
    expect((await orders.ask("/v1/orders/1", { user: ADA })).status).toBe(404);
    const put = await orders.ask("/v1/orders/20", { user: ADA, method: "PUT", json: { owner: "ada", status: "new", price: 7 } });
    expect([put.status, put.headers.get("location")]).toEqual([201, "/v1/orders/20"]);
    const replaced = await orders.ask("/v1/orders/20", { user: ADA, method: "PUT", json: { owner: "ada", status: "new" } });
    expect([replaced.status, replaced.body]).toEqual([200, expect.objectContaining({ price: null })]);
    const many = await orders.ask("/v1/orders", {
      user: ADA,
      json: [
        { id: 30, owner: "ada" },
        { id: 31, owner: "bob" },
      ],
    });
    expect(many.status).toBe(403);
    expect((await orders.ask("/v1/orders/30", { user: ADA })).status).toBe(404);
  });

  test("of two who changed the same, the later is told", async () => {
    await using orders = await shop();
    const tag = (await orders.ask("/v1/orders/1", { user: ADA })).headers.get("etag") ?? "";
    const write = (price: number): ReturnType<TestGateway["ask"]> =>
      orders.ask("/v1/orders/1", { user: ADA, method: "PATCH", json: { price }, headers: { "if-match": tag } });
    const [one, other] = await Promise.all([write(1), write(2)]);
    expect(new Set([one.status, other.status])).toEqual(new Set([200, 412]));
    const read = await orders.ask("/v1/orders/1", { user: ADA, headers: { "if-none-match": tag } });
    expect(read.status).toBe(200);
    expect((await orders.ask("/v1/orders/1", { user: ADA, headers: { "if-none-match": read.headers.get("etag") ?? "" } })).status).toBe(
      304,
    );
  });

  test("documents in a column of their own are read and written as such", async () => {
    const schema = "CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), doc jsonb NOT NULL)";
    const writer = { name: "writer", applyWhen: { "root.by": { $path: "user.id" } }, read: true, write: true, insert: true, delete: true };
    const shape = { type: "object", required: ["text"], properties: { text: { type: "string", maxLength: 10 } } };
    await using notes = await gateway(postgres(), schema, { notes: { document: "doc", roles: [writer], schema: shape } });
    const made = await notes.ask("/v1/notes", { user: ADA, json: { by: "ada", text: "hello", tags: ["a"], n: 1 } });
    expect(made.status, made.text).toBe(201);
    const { id } = made.body as { id: string };
    const patched = await notes.ask(`/v1/notes/${id}`, { user: ADA, method: "PATCH", json: { n: null, text: "bye" } });
    expect(patched.body).toEqual({ id, by: "ada", text: "bye", tags: ["a"] });
    const found = await notes.ask(`/v1/notes?filter=${encodeURIComponent('{"tags": "a"}')}`, { user: ADA });
    expect((found.body as { documents: unknown[] }).documents).toHaveLength(1);
    const invalid = await notes.ask(`/v1/notes/${id}`, { user: ADA, method: "PATCH", json: { text: "far too long a text" } });
    expect([invalid.status, invalid.body]).toEqual([422, expect.objectContaining({ code: "DOCUMENT_INVALID" })]);
    // Whoever may write all of it may give it away, and is not told more of it then.
    expect((await notes.ask(`/v1/notes/${id}`, { user: ADA, method: "PATCH", json: { by: "bob" } })).status).toBe(204);
    expect((await notes.ask(`/v1/notes/${id}`, { user: ADA })).status).toBe(404);
    expect((await notes.ask(`/v1/notes/${id}`, { user: BOB })).status).toBe(200);
  });
});
