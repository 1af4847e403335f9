import { describe, expect, test } from "vitest";
import { ALL, documentOf, expectValid, faultsOf, type Document } from "./openapi-support.ts";
import { collection, gateway, server } from "./support.ts";

const postgres = server();

const listAnswer = (name: string): string => `paths/~1v1~1${name}/get/responses/200/content/application~1json/schema`;

const TYPES = `
  CREATE TYPE mood AS ENUM ('glad', 'it''s "so"');
  CREATE DOMAIN price AS numeric(20, 4) CHECK (VALUE >= 0);
  CREATE DOMAIN deep AS price;
  CREATE SCHEMA odd;
  CREATE DOMAIN odd.int4 AS text;
  CREATE DOMAIN deep_text AS odd.int4;
  CREATE TABLE kinds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, needed text NOT NULL, filled text NOT NULL DEFAULT 'x',
    b boolean, i2 smallint, i4 integer, i8 bigint, f4 real NOT NULL DEFAULT 0, f8 double precision, n numeric, m money, p price, d2 deep, by bytea, u uuid, t timestamp,
    tz timestamptz, d date, ti time, iv interval, j json, jb jsonb, e mood, es mood[], i4s integer[], grid integer[][], ts timestamptz[], js jsonb[],
    ip inet, r int4range, ch char(3), bits bit varying, oi oid, x xml, pt point, o deep_text, made integer GENERATED ALWAYS AS (i4 * 2) STORED);
  INSERT INTO kinds (needed, b, i2, i4, i8, f4, f8, n, m, p, d2, by, u, t, tz, d, ti, iv, j, jb, e, es, i4s, grid, ts, js, ip, r, ch, bits, oi, x, pt, o)
  VALUES ('y', true, 1, 2, 9223372036854775807, 1.5, 2.5, 12345678901234567890.123456789, 3, 4, 5, '\\x00ff', gen_random_uuid(), now(), now(),
    now(), '12:00', 'P1DT2H', '{"a": 1}', '[1, null]', 'glad', '{glad,NULL}', '{1,NULL}', '{{1,2},{3,NULL}}', ARRAY[now()], ARRAY['{}'::jsonb, 'null'],
    '10.0.0.1', '[1,3)', 'a', '101', 7, '<a/>', '(1,2)', 'text');
  INSERT INTO kinds (needed) VALUES ('nothing else');
  INSERT INTO kinds (needed, f4, f8, n, t, d) VALUES ('no numbers', 'NaN', 'Infinity', 'NaN', 'infinity', '0044-03-15 BC');`;

describe("the document", () => {
  test("is valid, and real answers of every type of column are as it says", async () => {
    await using opened = await gateway(postgres(), TYPES, { kinds: ALL }, { openapi: true });
    const document = await documentOf(opened);
    await expectValid(document);
    const { body } = await opened.ask("/v1/kinds?count=true");
    expect(faultsOf(document, listAnswer("kinds"), body)).toEqual([]);
    const { properties = {} } = document.components.schemas["kinds"] ?? {};
    const [first, second, third] = (body as { documents: Record<string, unknown>[] }).documents;
    expect(Object.keys(properties)).toEqual(Object.keys(first ?? {}));
    // Each of them is looked at by itself, so that none is as it says only because another is not looked at.
    for (const row of [first, second, third])
      for (const [name, value] of Object.entries(row ?? {}))
        expect(faultsOf(document, `components/schemas/kinds/properties/${name}`, value), `${name}: ${JSON.stringify(value)}`).toEqual([]);
    for (const name of Object.keys(properties).filter((one) => !["j", "jb"].includes(one)))
      expect(faultsOf(document, `components/schemas/kinds/properties/${name}`, { an: "object" }), name).not.toEqual([]);
    expect(properties["e"]?.enum).toEqual(["glad", 'it\'s "so"', null]);
    expect(faultsOf(document, "components/schemas/kinds/properties/es", ["sad"])).not.toEqual([]);
    expect(faultsOf(document, "components/schemas/kinds/properties/needed", null)).not.toEqual([]);
    expect([properties["id"]?.readOnly, properties["made"]?.readOnly, properties["i4"]?.readOnly]).toEqual([true, true, undefined]);
  });

  test("says what a new document needs: what is not null, has no default and is not made by the database", async () => {
    await using opened = await gateway(postgres(), TYPES, { kinds: ALL }, { openapi: true });
    const { paths } = await documentOf(opened);
    const posted = paths["/v1/kinds"]?.["post"]?.requestBody?.content["application/json"]?.schema.anyOf[0];
    expect(posted?.required).toEqual(["needed"]);
    const written = await opened.ask("/v1/kinds", { json: { needed: "it is all" } });
    expect(written.status).toBe(201);
    const lacking = await opened.ask("/v1/kinds", { json: {} });
    expect(lacking.status).toBe(422);
  });

  test("has the whole of a key in the address, as many columns as it has", async () => {
    const schema =
      "CREATE TABLE lines (order_id int, item text, n int NOT NULL, PRIMARY KEY (order_id, item)); INSERT INTO lines VALUES (1, 'a,b', 2)";
    await using opened = await gateway(postgres(), schema, { lines: ALL }, { openapi: true });
    const document = await documentOf(opened);
    await expectValid(document);
    const path = "/v1/lines/{order_id},{item}";
    const { get, put } = document.paths[path] ?? {};
    expect(get?.parameters?.filter((one) => one.in === "path").map(({ name, schema: { type } }) => [name, type])).toEqual([
      ["order_id", "integer"],
      ["item", "string"],
    ]);
    expect(put?.requestBody?.content["application/json"]?.schema.required).toEqual(["n"]);
    const { status, body } = await opened.ask(path.replace("{order_id}", "1").replace("{item}", encodeURIComponent("a,b")));
    expect([status, body]).toEqual([200, { order_id: 1, item: "a,b", n: 2 }]);
  });

  test("tells of no field that no role may ever read or write", async () => {
    const schema = "CREATE TABLE people (id int PRIMARY KEY, name text, note text, salary int NOT NULL, pin text)";
    const fields = {
      id: { read: true },
      name: { read: true },
      note: { read: { "root.name": "x" }, write: false },
      pin: { read: false, write: false },
    };
    await using opened = await gateway(postgres(), schema, { people: { roles: [{ name: "all", fields }] } }, { openapi: true });
    const { text } = await opened.ask("/openapi.json");
    const document = JSON.parse(text) as Document;
    expect(Object.keys(document.components.schemas["people"]?.properties ?? {})).toEqual(["id", "name", "note"]);
    expect(text).not.toMatch(/salary|pin"/);
  });

  test("has the fields of documents in a column as the collection's own schema says", async () => {
    const schema = `CREATE TABLE docs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), doc jsonb NOT NULL);
      INSERT INTO docs (doc) VALUES ('{"title": "one", "size": {"w": 1, "h": 2}}')`;
    const own = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      required: ["title", "id"],
      properties: { title: { type: "string" }, size: { $ref: "#/$defs/size" }, secret: { type: "string" } },
      $defs: {
        size: { type: "object", properties: { w: { $ref: "#/$defs/length" }, h: { $ref: "#/$defs/length" } } },
        length: { type: "integer" },
      },
    };
    const roles = [{ name: "all", insert: true, fields: { secret: { read: false } }, additionalFields: { read: true, write: true } }];
    await using opened = await gateway(postgres(), schema, { docs: { document: "doc", schema: own, roles } }, { openapi: true });
    const document = await documentOf(opened);
    await expectValid(document);
    const { body } = await opened.ask("/v1/docs");
    expect((body as { documents: unknown[] }).documents).toHaveLength(1);
    expect(faultsOf(document, listAnswer("docs"), body)).toEqual([]);
    expect(Object.keys(document.components.schemas["docs"]?.properties ?? {})).toEqual(["title", "size", "id"]);
    expect(faultsOf(document, "components/schemas/docs", { size: { w: "wide" } })).not.toEqual([]);
    const posted = document.paths["/v1/docs"]?.["post"]?.requestBody?.content["application/json"]?.schema.anyOf[0];
    expect(posted?.required).toEqual(["title"]);
  });

  test("describes problems as they are answered", async () => {
    await using opened = await gateway(
      postgres(),
      "CREATE TABLE t (id int PRIMARY KEY)",
      { t: { ...ALL, schema: { maxProperties: 0 } } },
      { openapi: true },
    );
    const document = await documentOf(opened);
    const at = (path: string, status: number): string => `paths/${path}/responses/${status}/content/application~1problem+json/schema`;
    const asked = [
      [at("~1v1~1t/get", 400), await opened.ask('/v1/t?filter={"a":{"$gtt":1}}')],
      [at("~1v1~1t~1{id}/get", 404), await opened.ask("/v1/t/7")],
      [at("~1v1~1t/post", 415), await opened.ask("/v1/t", { method: "POST", body: "x" })],
      [at("~1v1~1t/post", 422), await opened.ask("/v1/t", { json: { id: 1 } })],
    ] as const;
    for (const [schema, { status, headers, body }] of asked) {
      expect(schema).toContain(`/${status}/`);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(faultsOf(document, schema, body)).toEqual([]);
    }
    expect(faultsOf(document, "components/schemas/backstitch.Problem", { ...(asked[0][1].body as object), code: undefined })).not.toEqual(
      [],
    );
    const error = await opened.ask("/action/findOne", { json: { collection: "none" } });
    expect(faultsOf(document, "paths/~1action~1findOne/post/responses/default/content/application~1json/schema", error.body)).toEqual([]);
  });

  test("is changed by a reload, and whoever has it is told that it is the same until then", async () => {
    await using opened = await gateway(
      postgres(),
      "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)",
      { a: ALL },
      { openapi: true },
    );
    const before = await opened.ask("/openapi.json");
    const known = { "if-none-match": before.headers.get("etag") ?? "" };
    expect((await opened.ask("/openapi.json", { headers: known })).status).toBe(304);
    expect(Object.keys((before.body as Document).paths).filter((path) => path.startsWith("/v1/a"))).toEqual(["/v1/a", "/v1/a/{id}"]);
    await opened.use({ collections: [collection("b", { ...ALL, live: true })], values: {} });
    const after = await opened.ask("/openapi.json", { headers: known });
    expect(after.status).toBe(200);
    const paths = Object.keys((after.body as Document).paths).filter((path) => /^\/v1\/[ab]/.test(path) && !path.includes("/auth"));
    expect(paths.sort()).toEqual(["/v1/b", "/v1/b/changes", "/v1/b/{id}"]);
  });

  test("is not there unless it is asked for, and neither is the page", async () => {
    await using opened = await gateway(postgres(), "CREATE TABLE t (id int PRIMARY KEY)", { t: ALL });
    for (const path of ["/openapi.json", "/docs", "/docs/start.js"]) expect((await opened.ask(path)).status, path).toBe(404);
  });
});
