import { expect, test } from "vitest";
import { gateway, server } from "./support.ts";

const postgres = server();
const SCHEMA = `CREATE TABLE things (id int PRIMARY KEY, owner text, data jsonb, n int);
  INSERT INTO things VALUES (1, 'ada', '{"a": 1}', 5), (2, NULL, 'null', 6), (3, 'bob', NULL, 7)`;
const ADA = { id: "ada", data: {} };
const filter = (value: unknown): string => `/v1/things?count=true&filter=${encodeURIComponent(JSON.stringify(value))}`;
const found = (body: unknown): unknown => {
  const { documents, count } = body as { documents: { id: number }[]; count: number };
  return { ids: documents.map(({ id }) => id), count };
};

test("of alternatives that the database decides in part nothing is left behind", async () => {
  await using things = await gateway(postgres(), SCHEMA, { things: { roles: [{ name: "all", read: true }] } });
  for (const [alternatives, ids] of [
    [[{ owner: "ada" }, { "data.a": 2 }], [1]],
    [
      [{ owner: "bob" }, { "data.a": 1 }],
      [1, 3],
    ],
  ] as const) {
    const parts = [{ $or: alternatives }, { n: { $gt: 4 } }];
    for (const all of [parts, parts.toReversed()]) {
      const { status, body, text } = await things.ask(filter({ $and: all }));
      expect(status, text).toBe(200);
      expect(found(body)).toEqual({ ids, count: ids.length });
    }
  }
});

test("null in jsonb is null, as that of the column is", async () => {
  await using things = await gateway(postgres(), SCHEMA, { things: { roles: [{ name: "all", read: true }] } });
  expect(found((await things.ask(filter({ data: null }))).body)).toEqual({ ids: [2, 3], count: 2 });
  expect(found((await things.ask(filter({ data: { $ne: null } }))).body)).toEqual({ ids: [1], count: 1 });
});

test("a list that the asker has not contains nothing: neither are rows without an owner theirs, nor are they counted", async () => {
  const teams = { $in: { $path: "user.data.teams" } };
  await using things = await gateway(postgres(), SCHEMA, {
    things: { roles: [{ name: "team", applyWhen: { "root.owner": teams }, read: true }] },
  });
  expect(found((await things.ask(filter({}), { user: ADA })).body)).toEqual({ ids: [], count: 0 });
  expect(found((await things.ask(filter({}), { user: { ...ADA, data: { teams: ["bob"] } } })).body)).toEqual({ ids: [3], count: 1 });
});

test("nor does a list that the project's values lack", async () => {
  const roles = [{ name: "listed", applyWhen: { "root.owner": { $in: { $path: "values.lists.gone" } } }, read: true }];
  await using things = await gateway(postgres(), SCHEMA, { things: { roles } }, { values: { lists: {} } });
  expect(found((await things.ask(filter({}), { user: ADA })).body)).toEqual({ ids: [], count: 0 });
});
