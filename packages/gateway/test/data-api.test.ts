import { describe, expect, test } from "vitest";
import { gateway, server, type Answer, type TestGateway } from "./support.ts";

const postgres = server();
const ADA = { id: "ada", type: "normal" };
const PLACE = { dataSource: "Cluster0", database: "shop", collection: "orders" };
const SCHEMA = `CREATE TABLE orders (_id text PRIMARY KEY DEFAULT 'o' || floor(random() * 1e9), owner text NOT NULL, n int, price numeric(10, 2), address jsonb);
  INSERT INTO orders SELECT 'o' || n, CASE WHEN n % 2 = 0 THEN 'ada' ELSE 'bob' END, n, n * 1.5, '{"city": "Bonn"}' FROM generate_series(1, 20) n`;
const OWNER = {
  name: "owner",
  applyWhen: { "root.owner": { $path: "user.id" } },
  read: true,
  write: { "root.owner": { $path: "user.id" } },
  insert: true,
  delete: true,
};

async function shop(): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { orders: { roles: [OWNER] } });
}

async function call(orders: TestGateway, action: string, more: object, headers: Record<string, string> = {}): Promise<Answer> {
  return orders.ask(`/app/shop-abcde/endpoint/data/v1/action/${action}`, { user: ADA, json: { ...PLACE, ...more }, headers });
}

const ID = "507f1f77bcf86cd799439011";

describe("calls of the Data API", () => {
  test("find what their asker may read", async () => {
    await using orders = await shop();
    const one = await call(orders, "findOne", { filter: { n: { $gte: 4 } }, sort: { n: 1 }, projection: { n: 1, price: 1 } });
    expect(one.text).toBe('{"document":{"_id":"o4","n":4,"price":6.00}}');
    const none = await call(orders, "findOne", { filter: { _id: "o3" } });
    expect(none.body).toEqual({ document: null });
    const some = await call(orders, "find", {
      filter: { n: { $in: [2, 3, 4, 6] } },
      sort: { n: -1 },
      limit: 2,
      skip: 1,
      projection: { address: 0, price: 0 },
    });
    expect(some.body).toEqual({
      documents: [
        { _id: "o4", owner: "ada", n: 4 },
        { _id: "o2", owner: "ada", n: 2 },
      ],
    });
    const pipeline = [{ $match: { n: { $gt: 10 } } }, { $sort: { n: 1 } }, { $limit: 1 }, { $project: { n: 1, _id: 0 } }];
    expect((await call(orders, "aggregate", { pipeline })).body).toEqual({ documents: [{ n: 12 }] });
  });

  test("write what their asker may write", async () => {
    await using orders = await shop();
    expect((await call(orders, "insertOne", { document: { _id: "new", owner: "ada", n: { $numberInt: "7" } } })).body).toEqual({
      insertedId: "new",
    });
    const many = [
      { _id: "m1", owner: "ada" },
      { _id: "m2", owner: "ada" },
    ];
    expect((await call(orders, "insertMany", { documents: many })).body).toEqual({ insertedIds: ["m1", "m2"] });
    const update = { $set: { "address.zip": 53111 }, $inc: { n: 100, price: 0.25 }, $unset: { "address.city": "" } };
    expect((await call(orders, "updateOne", { filter: { _id: "o2" }, update })).body).toEqual({ matchedCount: 1, modifiedCount: 1 });
    expect((await orders.ask("/v1/orders/o2", { user: ADA })).text).toBe(
      '{"_id":"o2","owner":"ada","n":102,"price":3.25,"address":{"zip":53111}}',
    );
    expect((await call(orders, "updateMany", { filter: { n: { $lt: 7 } }, update: { $set: { n: 4 } } })).body).toEqual({
      matchedCount: 2,
      modifiedCount: 1,
    });
    const upsert = { filter: { _id: { $oid: ID }, owner: "ada" }, update: { $set: { n: 1 } }, upsert: true };
    expect((await call(orders, "updateOne", upsert)).body).toEqual({ matchedCount: 0, modifiedCount: 0, upsertedId: ID });
    expect((await call(orders, "updateOne", upsert)).body).toEqual({ matchedCount: 1, modifiedCount: 0 });
    const replacement = { owner: "ada", n: 5 };
    expect((await call(orders, "replaceOne", { filter: { _id: "o4" }, replacement })).body).toEqual({ matchedCount: 1, modifiedCount: 1 });
    expect((await orders.ask("/v1/orders/o4", { user: ADA })).text).toBe('{"_id":"o4","owner":"ada","n":5,"price":null,"address":null}');
    expect((await call(orders, "deleteOne", { filter: { _id: "o3" } })).body).toEqual({ deletedCount: 0 });
    expect((await call(orders, "deleteMany", { filter: { n: { $gte: 12, $lte: 20 } } })).body).toEqual({ deletedCount: 5 });
    expect(await orders.sql("SELECT count(*)::int AS left FROM orders WHERE owner = 'bob'")).toEqual([{ left: 10 }]);
  });

  test("say what is wrong as the Data API did", async () => {
    await using orders = await shop();
    const wrong: readonly (readonly [string, object, number, string, string])[] = [
      ["insertOne", { document: { _id: "x", owner: "bob" } }, 403, "NoMatchingRuleFound", "do not permit"],
      ["insertOne", { document: { _id: "x", owner: "ada", n: { $numberInt: "many" } } }, 400, "InvalidParameter", '"$numberInt" needs'],
      ["updateOne", { filter: { _id: "o2" }, update: { n: 1 } }, 400, "InvalidParameter", "replaceOne"],
      ["updateOne", { filter: { _id: "o2" }, update: { $push: { n: 1 } } }, 400, "InvalidParameter", "$push"],
      ["updateOne", { filter: { _id: "o2" } }, 400, "MissingParameter", "update"],
      ["find", { filter: { n: { $where: "1" } } }, 400, "InvalidParameter", "$where"],
      ["aggregate", { pipeline: [{ $lookup: {} }] }, 400, "InvalidParameter", "$lookup"],
      ["aggregate", { pipeline: [{ $limit: 1 }, { $match: {} }] }, 400, "InvalidParameter", "in this order"],
      ["findAll", {}, 404, "InvalidParameter", "findOne"],
      ["findOne", { collection: "none" }, 404, "InvalidParameter", "none"],
    ];
    for (const [action, more, status, code, words] of wrong) {
      const answer = await call(orders, action, more);
      const { error, error_code: told } = answer.body as { error: string; error_code: string };
      expect([answer.status, told], `${action} ${JSON.stringify(more)}: ${answer.text}`).toEqual([status, code]);
      expect(error).toContain(words);
    }
  });

  test("answer in extended JSON where it is asked for", async () => {
    await using orders = await shop();
    const answer = await call(orders, "findOne", { filter: { _id: "o2" } }, { accept: "application/ejson" });
    expect(answer.text).toBe(
      '{"document":{"_id":"o2","owner":"ada","n":{"$numberInt":"2"},"price":{"$numberDecimal":"3.00"},"address":{"city":"Bonn"}}}',
    );
    expect(answer.headers.get("content-type")).toBe("application/ejson");
  });
});
