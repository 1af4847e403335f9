import { describe, expect, test, vi } from "vitest";
import { gateway, server, type Answer, type TestGateway } from "./support.ts";
import { raw } from "./raw.ts";

const postgres = server();
const ADA = { id: "ada", type: "normal" };
const SCHEMA = `CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL, text text, secret text UNIQUE DEFERRABLE INITIALLY DEFERRED, n int CHECK (n < 100),
    made timestamptz NOT NULL DEFAULT now(), size int GENERATED ALWAYS AS (length(text)) STORED);
  INSERT INTO notes (id, owner, text, secret, n) VALUES (1, 'ada', 'mine', 's1', 1), (2, 'bob', 'his', 's2', 2), (3, 'ada', 'mine too', 's3', 3)`;
const OWNER = {
  name: "owner",
  applyWhen: { "root.owner": { $path: "user.id" } },
  insert: true,
  delete: { "prevRoot.n": { $lt: 3 } },
  fields: { secret: { read: false }, owner: { write: { "root.owner": { $path: "user.id" } } }, made: { read: true }, size: { read: true } },
  additionalFields: { write: true },
};

async function notes(more: Parameters<typeof gateway>[3] = {}): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { notes: { roles: [OWNER] } }, more);
}

function problem({ status, headers, body }: Answer): unknown {
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(body).toMatchObject({ status });
  return [status, (body as { code: string }).code];
}

describe("API1, object level", () => {
  test("what is another's is as if it were not there, whatever is asked", async () => {
    await using shop = await notes();
    for (const headers of [{}, { "if-match": "*" }, { "if-none-match": "*" }, { "if-match": '"x"' }]) {
      for (const [method, json] of [["GET"], ["PATCH", { text: "x" }], ["DELETE"], ["PUT", { id: 2, owner: "bob", text: "x" }]] as const) {
        const theirs = await shop.ask("/v1/notes/2", { method, user: ADA, headers, ...(json && { json }) });
        const none = await shop.ask("/v1/notes/7", {
          method,
          user: ADA,
          headers,
          ...(json && { json: { ...json, ...("id" in json && { id: 7 }) } }),
        });
        const told = (answer: Answer): unknown => [
          answer.status,
          answer.text.replaceAll(/\b[27]\b/g, "?"),
          [...answer.headers.keys()].sort(),
        ];
        expect(told(theirs), `${method} ${JSON.stringify(headers)}`).toEqual(told(none));
        expect(theirs.status).toBeGreaterThanOrEqual(400);
      }
    }
    expect(await shop.sql("SELECT text FROM notes WHERE id = 2")).toEqual([{ text: "his" }]);
  });
});

describe("API1, of nobody's", () => {
  const ORPHANS =
    "CREATE TABLE notes (id int PRIMARY KEY, owner text, team text); INSERT INTO notes VALUES (1, NULL, NULL), (2, 'ada', 'red')";
  const MINE = { read: true, write: true, insert: true, delete: true };

  test.each([
    ["the document's side", { "root.owner": { $path: "user.id" } }],
    ["the asker's side", { "user.id": { $path: "root.owner" } }],
    ["a list of sides", { "root.owner": { $in: [{ $path: "user.id" }, "public"] } }],
    ["what a token lacks", { "root.team": { $path: "user.data.team" } }],
    ["a header that was not sent", { "root.team": { $path: "request.headers.x-team" } }],
  ])("who has no id owns nothing that has no owner: by %s", async (_, applyWhen) => {
    await using shop = await gateway(postgres(), ORPHANS, { notes: { roles: [{ name: "owner", applyWhen, ...MINE }] } });
    for (const user of [undefined, { id: null, data: { team: null } }]) {
      expect((await shop.ask("/v1/notes?count=true", { user })).body).toEqual({ documents: [], next: null, count: 0 });
      expect((await shop.ask("/v1/notes/1", { user })).status).toBe(404);
      expect((await shop.ask("/v1/notes/1", { method: "DELETE", user })).status).toBe(404);
      expect(problem(await shop.ask("/v1/notes", { user, json: { id: 3 } }))).toEqual([403, "NOT_PERMITTED"]);
    }
  });

  test("a filter by who asks leaves nothing in for nobody, and what is written is asked as it is", async () => {
    const filters = [{ name: "mine", query: { owner: { $path: "user.id" } } }];
    await using shop = await gateway(postgres(), ORPHANS, {
      notes: { roles: [{ name: "all", read: true }], filters },
      others: {
        table: "notes",
        roles: [{ name: "nobody", applyWhen: { "user.id": null, "root.owner": { $ne: { $path: "user.id" } } }, read: true }],
      },
    });
    expect((await shop.ask("/v1/notes")).body).toEqual({ documents: [], next: null });
    expect((await shop.ask("/v1/others?count=true")).body).toMatchObject({ count: 2 });
  });

  test("who may only add reads nothing by that", async () => {
    const roles = [{ name: "guest", insert: true, write: { prevRoot: { $exists: false } } }];
    const closed = [{ name: "editor", write: { "prevRoot.owner": { $ne: "ada" } } }];
    await using shop = await gateway(postgres(), ORPHANS, { notes: { roles }, closed: { table: "notes", roles: closed } });
    expect((await shop.ask("/v1/notes", { json: { id: 3, owner: "cy" } })).status).toBe(201);
    expect((await shop.ask("/v1/notes?count=true")).body).toEqual({ documents: [], next: null, count: 0 });
    expect((await shop.ask("/v1/notes/3")).status).toBe(404);
    expect((await shop.ask("/v1/closed?count=true")).body).toMatchObject({ documents: [{ id: 1 }, { id: 3 }], count: 2 });
  });
});

describe("API3, properties", () => {
  test("nobody gives away what is theirs, takes another's, or writes what they may not", async () => {
    await using shop = await notes();
    const patch = async (json: unknown): Promise<unknown> => problem(await shop.ask("/v1/notes/1", { method: "PATCH", user: ADA, json }));
    expect(await patch({ owner: "bob" })).toEqual([403, "NOT_PERMITTED"]);
    expect(await patch({ secret: "mine now" })).toEqual([403, "NOT_PERMITTED"]);
    expect(await patch({ text: "x", made: "2020-01-01" })).toEqual([403, "NOT_PERMITTED"]);
    expect(await patch({ size: 5 })).toEqual([403, "NOT_PERMITTED"]);
    expect(await patch({ ["__proto__"]: 1, constructor: 2 })).toEqual([422, "FIELD_UNKNOWN"]);
    expect(problem(await shop.ask("/v1/notes", { user: ADA, json: { id: 9, owner: "bob" } }))).toEqual([403, "NOT_PERMITTED"]);
    expect(problem(await shop.ask("/v1/notes", { user: ADA, json: { id: 9, owner: "ada", secret: "x" } }))).toEqual([403, "NOT_PERMITTED"]);
    expect(await shop.sql("SELECT owner, text FROM notes WHERE id IN (1, 9)")).toEqual([{ owner: "ada", text: "mine" }]);
  });

  test("what is withheld tells nothing of itself: by filter, order, projection, tag, cursor, count or error", async () => {
    await using shop = await notes();
    const list = async (query: string): Promise<Answer> => shop.ask(`/v1/notes?count=true&limit=1&${query}`, { user: ADA });
    const filter = (value: unknown): string => `filter=${encodeURIComponent(JSON.stringify(value))}`;
    for (const asked of [
      { secret: "s1" },
      { secret: { $regex: "s" } },
      { secret: { $gt: "" } },
      { secret: { $exists: true } },
      { $or: [{ secret: "s1" }, { owner: "bob" }] },
    ])
      expect((await list(filter(asked))).body, JSON.stringify(asked)).toEqual({ documents: [], next: null, count: 0 });
    expect(problem(await list("sort=secret"))).toEqual([400, "SORT_INVALID"]);
    expect((await list("sort=secret")).text).not.toContain("Did you mean");
    expect((await list("fields=secret")).body).toMatchObject({ documents: [{}], count: 2 });
    const before = await shop.ask("/v1/notes/1", { user: ADA });
    const page = (await list("")).body as { next: string };
    await shop.sql("UPDATE notes SET secret = 'other' WHERE id = 1");
    expect((await shop.ask("/v1/notes/1", { user: ADA })).headers.get("etag")).toBe(before.headers.get("etag"));
    expect(((await list("")).body as { next: string }).next).not.toBe(page.next);
    const refused = await shop.ask("/v1/notes/1", { method: "PATCH", user: ADA, json: { secret: "s2" } });
    expect(problem(refused)).toEqual([403, "NOT_PERMITTED"]);
    expect(refused.text).not.toContain("secret");
  });

  test("a column beside the documents is no order of theirs", async () => {
    const table = "CREATE TABLE posts (id int PRIMARY KEY, score int, doc jsonb); INSERT INTO posts VALUES (1, 9, '{}'), (2, 5, '{}')";
    await using shop = await gateway(postgres(), table, { posts: { document: "doc", roles: [{ name: "all", read: true }] } });
    expect(problem(await shop.ask("/v1/posts?sort=score"))).toEqual([400, "SORT_INVALID"]);
    expect((await shop.ask("/v1/posts?sort=-id")).body).toMatchObject({ documents: [{ id: 2 }, { id: 1 }] });
  });

  test("a constraint that is checked at the end is told as one that is checked at once", async () => {
    const failed = vi.fn<(error: unknown) => void>();
    await using shop = await gateway(
      postgres(),
      SCHEMA,
      { notes: { roles: [{ name: "all", read: true, write: true, insert: true }] } },
      { failed },
    );
    const answer = await shop.ask("/v1/notes", { json: { id: 9, owner: "ada", secret: "s1" } });
    expect(problem(answer)).toEqual([409, "ALREADY_THERE"]);
    expect(answer.text).not.toContain("s1");
    expect(failed).not.toHaveBeenCalled();
  });
});

test("API5, functions: methods that a collection has not are refused, and a role's delete is its own", async () => {
  await using shop = await notes();
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"])
    expect(problem(await shop.ask("/v1/notes", { method, user: ADA })), method).toEqual([405, "METHOD_NOT_ALLOWED"]);
  expect(problem(await shop.ask("/v1/notes/3", { method: "DELETE", user: ADA }))).toEqual([403, "NOT_PERMITTED"]);
  expect((await shop.ask("/v1/notes/1", { method: "DELETE", user: ADA })).status).toBe(204);
  expect(
    problem(await shop.ask("/v1/notes/1", { method: "POST", user: ADA, json: {}, headers: { "x-http-method-override": "DELETE" } })),
  ).toEqual([405, "METHOD_NOT_ALLOWED"]);
});

describe("API8, set-up", () => {
  test("an error here tells nothing of the inside, and is told to the operator", async () => {
    const failed = vi.fn<(error: unknown) => void>();
    await using shop = await notes({ failed });
    await shop.sql("DROP TABLE notes");
    const answer = await shop.ask("/v1/notes", { user: ADA });
    expect(problem(answer)).toEqual([500, "INTERNAL"]);
    expect(answer.text).not.toMatch(/notes|relation|SELECT|\.ts|at /);
    expect(failed).toHaveBeenCalledOnce();
  });

  test("no other origin is let in, nothing is cached between, and no server is named", async () => {
    await using shop = await notes();
    for (const path of ["/v1/notes/1", "/v1/notes", "/v1/none", "/"]) {
      const { headers } = await shop.ask(path, { user: ADA, headers: { origin: "https://evil.example" } });
      expect([...headers.keys()].filter((name) => /^access-control|^server$|^x-powered-by/.test(name))).toEqual([]);
      expect(headers.get("cache-control")).toMatch(/no-cache|no-store/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test.each([
    ["TRACE /v1/notes HTTP/1.1\r\nhost: x\r\ncookie: secret\r\nconnection: close\r\n\r\n", "a request that is to be sent back"],
    ["GET /v1/notes HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n", "a host that is none"],
    ["GET /v1/notes HTTP/1.1\r\nconnection: close\r\n\r\n", "no host"],
    ["GET //evil.example/v1/notes HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "an address of elsewhere"],
    ["GET /v1/notes/%ff HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "an address that is no UTF-8"],
    ["GET /v1/%2e%2e/%2e%2e/etc HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "a way out"],
    ["POST /v1/notes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "two lengths"],
    ["hello\r\n\r\n", "no HTTP"],
    [`GET /v1/notes?filter=${"x".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, "a long address"],
    [`GET /v1/notes HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(5_000)}\r\n`, "many headers"],
  ])("%# what is hardly a request is refused in words", async (text) => {
    await using shop = await notes();
    const { status, head, body } = await raw(shop.url, text);
    expect(status, head).toBeGreaterThanOrEqual(400);
    expect(status, head).toBeLessThan(500);
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(body).toMatch(/"detail":"[A-Z]/);
    expect(body).not.toContain("secret");
  });
});

test("API9, what there is: everything else is nowhere", async () => {
  await using shop = await notes();
  for (const path of [
    "/",
    "/v0/notes",
    "/v2/notes",
    "/V1/notes",
    "/v1/pg_catalog.pg_authid",
    "/v1/information_schema.tables",
    "/v1/__proto__",
    "/v1/notes/1/2",
    "/.env",
    "/debug",
  ])
    expect((await shop.ask(path, { user: ADA })).status, path).toBe(404);
});

test("API10, what comes from the database is data: a script in a document is JSON", async () => {
  await using shop = await notes();
  await shop.sql(`UPDATE notes SET text = '<script>"\u2028' WHERE id = 1`);
  const { headers, body } = await shop.ask("/v1/notes/1", { user: ADA });
  expect(headers.get("content-type")).toBe("application/json");
  expect(body).toMatchObject({ text: '<script>"\u2028' });
});
