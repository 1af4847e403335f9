import { describe, expect, test } from "vitest";
import { gateway, server, type TestGateway } from "./support.ts";

const postgres = server();
const ADA = { id: "ada", type: "normal" };
const SCHEMA = `CREATE TABLE orders (id int PRIMARY KEY, owner text NOT NULL, note text, margin numeric(10, 2), tax text, parts jsonb, address jsonb);
  INSERT INTO orders VALUES (1, 'ada', 'hi', 12.50, 'seven', '[{"a": 1, "cost": 5}]', '{"city": "Bonn", "zip": 53111}'), (2, 'ada', 'hi', null, null, null, null);
  CREATE TABLE papers (id int PRIMARY KEY, body jsonb);
  INSERT INTO papers VALUES (1, '{"owner": "ada", "note": "hi", "margin": 1, "address": {"city": "Bonn", "zip": 53111}}'), (2, '{"owner": "ada", "note": "hi"}')`;
const OWNER = {
  name: "owner",
  applyWhen: { "root.owner": { $path: "user.id" } },
  fields: {
    id: { read: true },
    owner: { read: true },
    note: { write: true },
    parts: { fields: { a: { read: true } } },
    address: { fields: { city: { write: true }, zip: { read: false } } },
    label: { read: true },
  },
};

async function shop(filters: readonly object[] = [], role: object = OWNER): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, { orders: { filters, roles: [role] }, papers: { document: "body", roles: [role] } });
}

/** What is answered to a request by which a field that is withheld could be guessed at. */
async function told(orders: TestGateway, path: string, method: string, json: unknown): Promise<string> {
  const { status, text } = await orders.ask(path, { user: ADA, method, json });
  return `${status} ${text}`;
}

describe("what is withheld of a document tells nothing of itself to who writes it", () => {
  test("a guess is refused, be it right or wrong, there or not", async () => {
    await using orders = await shop();
    const guesses: readonly (readonly [string, readonly object[]])[] = [
      ["orders", [{ margin: 12.5 }, { margin: 13 }, { margin: null }, { note: "hi", margin: 12.5 }, { note: "ho", margin: 12.5 }]],
      ["orders", [{ address: { zip: 53111 } }, { address: { zip: 1 } }, { address: { zip: null } }]],
      ["orders", [{ parts: [{ a: 1, cost: 5 }] }, { parts: [{ a: 1, cost: 6 }] }, { parts: null }]],
      ["papers", [{ margin: 1 }, { margin: 2 }, { margin: null }, { address: { zip: 53111 } }, { address: { zip: null } }]],
    ];
    for (const [name, bodies] of guesses)
      for (const body of bodies)
        for (const id of [1, 2]) {
          const asked = `${name} ${id} ${JSON.stringify(body)}`;
          expect(await told(orders, `/v1/${name}/${id}`, "PATCH", body), asked).toMatch(/^403 .*NOT_PERMITTED/);
          const seen = (await orders.ask(`/v1/${name}/${id}`, { user: ADA })).body as object;
          expect(await told(orders, `/v1/${name}/${id}`, "PUT", { ...seen, ...body }), `PUT ${asked}`).toMatch(/^403 /);
          const update = { collection: name, filter: { id }, update: { $set: body } };
          expect(await told(orders, "/action/updateOne", "POST", update), `$set ${asked}`).toMatch(/^403 .*NoMatchingRuleFound/);
        }
    expect(await orders.sql("SELECT id, note, margin::text, tax FROM orders ORDER BY id")).toEqual([
      { id: 1, note: "hi", margin: "12.50", tax: "seven" },
      { id: 2, note: "hi", margin: null, tax: null },
    ]);
  });

  test("an operator on it is refused before it is tried", async () => {
    await using orders = await shop();
    for (const [collection, update] of [
      ["orders", { $inc: { tax: 1 } }],
      ["orders", { $inc: { margin: 0 } }],
      ["orders", { $inc: { "address.zip": 1 } }],
      ["orders", { $unset: { margin: "" } }],
      ["orders", { $unset: { gone: "" } }],
      ["papers", { $inc: { "address.zip": 0 } }],
      ["papers", { $unset: { margin: "" } }],
    ] as const)
      for (const id of [1, 2])
        for (const action of ["updateOne", "updateMany"])
          expect(await told(orders, `/action/${action}`, "POST", { collection, filter: { id }, update }), JSON.stringify(update)).toMatch(
            /^403 /,
          );
    // Of what may be read, what is wrong is said.
    const label = { collection: "orders", filter: { id: 1 }, update: { $inc: { owner: 1 } } };
    expect(await told(orders, "/action/updateOne", "POST", label)).toContain("$inc adds a number");
  });

  test("what was read can be put back, and leaves what is withheld as it is", async () => {
    await using orders = await shop();
    const stored = async (): Promise<unknown> => [
      await orders.sql("TABLE orders ORDER BY id"),
      await orders.sql("TABLE papers ORDER BY id"),
    ];
    const before = await stored();
    for (const path of ["orders/1", "orders/2", "papers/1", "papers/2"]) {
      const { body } = await orders.ask(`/v1/${path}`, { user: ADA });
      for (const method of ["PUT", "PATCH"]) expect(await told(orders, `/v1/${path}`, method, body), `${method} ${path}`).toMatch(/^200 /);
    }
    expect(await stored()).toEqual(before);
    for (const name of ["orders", "papers"]) {
      const { body } = await orders.ask(`/v1/${name}/1`, { user: ADA });
      expect(await told(orders, `/v1/${name}/1`, "PUT", { ...(body as object), note: "ho", address: { city: "Köln" } })).toMatch(/^200 /);
      const replacement = { ...(body as object), note: "hm", address: { city: "Köln" } };
      expect(await told(orders, "/action/replaceOne", "POST", { collection: name, filter: { id: 1 }, replacement })).toContain(
        '"modifiedCount":1',
      );
    }
    expect(await orders.sql("SELECT note, margin::text, parts, address FROM orders WHERE id = 1")).toEqual([
      { note: "hm", margin: "12.50", parts: [{ a: 1, cost: 5 }], address: { city: "Köln", zip: 53111 } },
    ]);
    expect(await orders.sql("SELECT body FROM papers WHERE id = 1")).toEqual([
      { body: { owner: "ada", note: "hm", margin: 1, address: { city: "Köln", zip: 53111 } } },
    ]);
  });

  test("what is not there is no secret to who might read it", async () => {
    await using orders = await shop();
    const gone = { collection: "papers", filter: { id: 1 }, update: { $unset: { label: "" } } };
    expect(await told(orders, "/action/updateOne", "POST", gone)).toContain('"modifiedCount":0');
    expect(await told(orders, "/v1/papers/1", "PATCH", { label: null })).toMatch(/^200 /);
  });

  test("what a filter leaves out is no less withheld where the role lets it be read", async () => {
    const role = { name: "reader", fields: { note: { write: true } }, additionalFields: { read: true } };
    await using orders = await shop([{ name: "brief", applyWhen: true, without: ["margin"] }], role);
    for (const margin of [12.5, 13]) expect(await told(orders, "/v1/orders/1", "PATCH", { margin })).toMatch(/^403 /);
  });

  test("who may write what a filter leaves out writes it as it is stored, and is not told whether it was so", async () => {
    await using orders = await shop([{ name: "brief", applyWhen: true, without: ["margin", "address"] }], {
      name: "all",
      additionalFields: { read: true, write: true },
    });
    for (const margin of [12.5, 12.5, 14]) {
      const update = { collection: "orders", filter: { id: 1 }, update: { $set: { margin } } };
      expect(await told(orders, "/action/updateOne", "POST", update)).toContain('"modifiedCount":1');
    }
    await orders.ask("/action/updateOne", {
      user: ADA,
      json: { collection: "orders", filter: { id: 1 }, update: { $inc: { margin: 1 } } },
    });
    await orders.ask("/v1/orders/1", { user: ADA, method: "PATCH", json: { address: { city: "Köln" } } });
    expect(await told(orders, "/v1/orders/1", "PUT", { owner: "ada" })).toMatch(/^200 /);
    expect(await orders.sql("SELECT note, margin::text, address FROM orders WHERE id = 1")).toEqual([
      { note: null, margin: "15.00", address: { city: "Köln", zip: 53111 } },
    ]);
  });
});
