import { expect, test } from "vitest";
import { good, linesOf, load, type Files } from "./support/project.ts";

const withSchema = (schema: object): Files => ({
  ...good,
  "backstitch.json": JSON.stringify({
    sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } },
    gateway: { connectionString: { $secret: "DATABASE_URL" } },
  }),
  "collections/orders.json": JSON.stringify({ roles: [{ name: "anybody", read: true, write: true, insert: true }], schema }),
});

const NO_SCHEMA = 'collections/orders.json:1:79 COLLECTION_SCHEMA_INVALID "schema" is no JSON Schema that documents can be held against: ';
const REMEDY = '\n  It is JSON Schema 2020-12, and has no keyword that is not of it, and no "format".';

const rows: readonly (readonly [what: string, schema: object, lines: readonly string[]])[] = [
  ["a schema", { type: "object", required: ["n"], properties: { n: { type: "integer", minimum: 1 } }, additionalProperties: false }, []],
  [
    "what only JSON Schema's own finds",
    { properties: { n: { title: 1 } } },
    [`${NO_SCHEMA}schema is invalid: data/properties/n/title must be string.${REMEDY}`],
  ],
  ["MongoDB's own keyword", { properties: { n: { bsonType: "int" } } }, [`${NO_SCHEMA}strict mode: unknown keyword: "bsonType".${REMEDY}`]],
  [
    "a format",
    { properties: { mail: { format: "email" } } },
    [`${NO_SCHEMA}unknown format "email" ignored in schema at path "#/properties/mail".${REMEDY}`],
  ],
];

test.each(rows)("a collection whose documents are held against %s", async (_, schema, lines) => {
  expect(linesOf(await load(withSchema(schema)))).toEqual(lines);
});
