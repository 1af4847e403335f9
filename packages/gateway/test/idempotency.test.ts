import { describe, expect, test } from "vitest";
import { gateway, server, type Answer, type TestGateway } from "./support.ts";

const postgres = server();
const ADA = { id: "ada", type: "normal" };
const BOB = { id: "bob", type: "normal" };
const DAY = 86_400_000;
const UUID = "8e03978e-40d5-43dd-bc93-6894a57f9324";
/** A row of `slow` waits for the lock 1, and one of `late` at the end of its transaction. */
const SCHEMA = `CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text, n numeric, how text);
  CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text, n int);
  CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
  CREATE TRIGGER slow AFTER INSERT ON orders FOR EACH ROW WHEN (NEW.how = 'slow') EXECUTE FUNCTION wait();
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.how = 'late') EXECUTE FUNCTION wait();`;
const OWNER = { name: "owner", applyWhen: { "root.owner": { $path: "user.id" } }, read: true, write: true, insert: true, delete: true };
const ANYBODY = { name: "anybody", applyWhen: { "root.owner": null }, insert: true, write: true };
const RULES = { orders: { roles: [OWNER, ANYBODY] }, notes: { roles: [OWNER] } };

async function shop(more: Parameters<typeof gateway>[3] = {}): Promise<TestGateway> {
  return gateway(postgres(), SCHEMA, RULES, more);
}

interface Sent {
  readonly user?: typeof ADA | undefined;
  readonly to?: string;
  readonly signal?: AbortSignal;
}

function post(orders: TestGateway, key: string, json: unknown, { user = ADA, to = "orders", ...init }: Sent = {}): Promise<Answer> {
  return orders.ask(`/v1/${to}`, { ...(user.id === "" ? {} : { user }), json, headers: { "idempotency-key": key }, ...init });
}

const NOBODY = { id: "", type: "" };
const rows = async (orders: TestGateway): Promise<number> => (await orders.sql("SELECT FROM orders")).length;
const codeOf = ({ status, body }: Answer): unknown => [status, (body as { code?: unknown }).code];
const seen = ({ status, text, headers }: Answer): unknown => [status, text, headers.get("location"), headers.get("etag")];

async function untilWaiting(orders: TestGateway): Promise<void> {
  const waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  while ((await orders.sql(waiting)).length === 0);
}

describe("an addition with an Idempotency-Key", () => {
  test("is made once, and its answer is given again", async () => {
    await using orders = await shop();
    const first = await post(orders, UUID, { owner: "ada", n: 1.5 });
    expect(seen(first)).toEqual([201, '{"id":1,"owner":"ada","n":1.5,"how":null}', "/v1/orders/1", expect.any(String)]);
    expect(seen(await post(orders, `"${UUID}"`, { n: 1.5, owner: "ada" }))).toEqual(seen(first));
    const many = [{ owner: "ada", n: 2 }, { owner: "ada" }];
    const both = await post(orders, "many", many);
    expect(seen(await post(orders, "many", many))).toEqual(seen(both));
    expect([both.status, await rows(orders)]).toEqual([201, 3]);
    const statuses = (await Promise.all(Array.from({ length: 5 }, () => post(orders, "at-once", { owner: "ada" })))).map(
      ({ status }) => status,
    );
    expect([statuses.includes(201), statuses.every((status) => [201, 409].includes(status)), await rows(orders)]).toEqual([true, true, 4]);
  });

  test("belongs to who asked, to the collection and to the body", async () => {
    await using orders = await shop();
    await post(orders, "one", { owner: "ada", n: 1 });
    expect(codeOf(await post(orders, "one", { owner: "ada", n: 2 }))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    expect(codeOf(await post(orders, "one", [{ owner: "ada", n: 1 }]))).toEqual([422, "IDEMPOTENCY_KEY_REUSED"]);
    expect((await post(orders, "one", { owner: "bob", n: 1 }, { user: BOB })).body).toMatchObject({ id: 2, owner: "bob" });
    expect((await post(orders, "one", { owner: "ada", n: 1 }, { to: "notes" })).body).toMatchObject({ id: 1 });
    expect(await rows(orders)).toBe(2);
  });

  test("of somebody who has not logged in has a key that nobody guesses", async () => {
    await using orders = await shop();
    expect(codeOf(await post(orders, "guess", { n: 1 }, { user: NOBODY }))).toEqual([400, "IDEMPOTENCY_KEY_INVALID"]);
    const first = await post(orders, UUID, { n: 1 }, { user: NOBODY });
    expect([first.status, first.headers.get("location")]).toEqual([201, "/v1/orders/1"]);
    expect(seen(await post(orders, UUID, { n: 1 }, { user: NOBODY }))).toEqual(seen(first));
    expect(await rows(orders)).toBe(1);
  });

  test("that was refused is tried anew", async () => {
    await using orders = await shop();
    expect((await post(orders, "k", { owner: "bob" })).status).toBe(403);
    expect((await post(orders, "k", { owner: "ada", n: "much" })).status).toBe(422);
    expect((await post(orders, "k", { owner: "ada" })).status).toBe(201);
  });

  test("tells nothing again that may not be read any more", async () => {
    await using orders = await shop();
    const json = [{ owner: "ada", n: 1 }, { owner: "ada" }, { owner: "ada" }];
    await post(orders, "k", json);
    await orders.sql("UPDATE orders SET owner = 'bob' WHERE id = 1");
    await orders.sql("DELETE FROM orders WHERE id = 2");
    const again = await post(orders, "k", json);
    expect([again.status, again.body]).toEqual([201, { documents: [null, null, expect.objectContaining({ id: 3 })] }]);
    await post(orders, "one", { owner: "ada", n: 1 });
    await orders.sql("UPDATE orders SET owner = 'bob' WHERE n = 1");
    expect(seen(await post(orders, "one", { owner: "ada", n: 1 }))).toEqual([201, "", "/v1/orders/4", null]);
    expect(JSON.stringify(await orders.sql("SELECT * FROM backstitch.gateway_idempotency"))).not.toMatch(/ada|one|owner/);
  });

  test("is forgotten after a day, and swept away", async () => {
    let now = Date.now();
    await using orders = await shop({ now: () => now });
    await post(orders, "a", { owner: "ada", n: 1 });
    now += DAY - 1;
    expect((await post(orders, "a", { owner: "ada", n: 1 })).body).toMatchObject({ id: 1 });
    now += 1;
    expect((await post(orders, "a", { owner: "ada", n: 2 })).body).toMatchObject({ id: 2 });
    await post(orders, "b", { owner: "ada" });
    now += 2 * DAY;
    await post(orders, "c", { owner: "ada" });
    while ((await orders.sql("SELECT FROM backstitch.gateway_idempotency")).length !== 1);
  });

  test.each([
    ["nothing", "", 400],
    ["255 characters", "x".repeat(255), 201],
    ["256 characters", "x".repeat(256), 400],
    ["255 in quotes, each escaped", `"${"\\\\".repeat(255)}"`, 201],
    ["a space", "a b", 400],
    ["a space in quotes", '"a b"', 400],
    ["nothing in quotes", '""', 400],
    ["one quote", '"a', 400],
    ["parameters", '"a";b=1', 400],
    ["no ASCII", "ä", 400],
  ])("has a key that is one: %s", async (_, key, status) => {
    await using orders = await shop();
    expect((await post(orders, key, { owner: "ada" })).status).toBe(status);
  });
});

describe("while a first request is under way", () => {
  test("the same is not begun a second time, and what is lost on the way back is found", async () => {
    await using orders = await shop();
    await orders.sql("SELECT pg_advisory_lock(1)");
    const gone = new AbortController();
    const first = post(orders, "k", { owner: "ada", how: "slow" }, { signal: gone.signal }).catch(() => "gone");
    await untilWaiting(orders);
    const second = await post(orders, "k", { owner: "ada", how: "slow" });
    expect([codeOf(second), second.headers.get("retry-after")]).toEqual([[409, "IDEMPOTENCY_KEY_IN_USE"], "1"]);
    gone.abort();
    expect(await first).toBe("gone");
    await orders.sql("SELECT pg_advisory_unlock(1)");
    let again = second;
    while (again.status === 409) again = await post(orders, "k", { owner: "ada", how: "slow" });
    expect([again.status, again.body, await rows(orders)]).toEqual([201, expect.objectContaining({ id: 1 }), 1]);
  });

  test.each(["slow", "late"])("a connection that breaks leaves both or neither (%s)", async (how) => {
    await using orders = await shop();
    await post(orders, "first", { owner: "ada" });
    await orders.sql("SELECT pg_advisory_lock(1)");
    const first = post(orders, "k", { owner: "ada", how });
    await untilWaiting(orders);
    await orders.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    expect(codeOf(await first)).toEqual([503, "DATABASE_AWAY"]);
    await orders.sql("SELECT pg_advisory_unlock(1)");
    const kept = "SELECT FROM backstitch.gateway_idempotency";
    expect([await rows(orders), (await orders.sql(kept)).length]).toEqual([1, 1]);
    const again = await post(orders, "k", { owner: "ada", how });
    expect(seen(await post(orders, "k", { owner: "ada", how }))).toEqual(seen(again));
    expect([again.status, await rows(orders), (await orders.sql(kept)).length]).toEqual([201, 2, 2]);
  });
});

test("a login that may not make tables serves all but the header, and says what it needs", async () => {
  const grants = `CREATE ROLE modest LOGIN PASSWORD 'modest'; GRANT ALL ON ALL TABLES IN SCHEMA public TO modest;`;
  await using orders = await gateway(postgres(), `${SCHEMA} ${grants}`, RULES, { role: "modest" });
  expect((await orders.ask("/v1/orders", { user: ADA, json: { owner: "ada" } })).status).toBe(201);
  const refused = await post(orders, "k", { owner: "ada" });
  expect(codeOf(refused)).toEqual([501, "IDEMPOTENCY_UNAVAILABLE"]);
  expect((refused.body as { detail: string }).detail).toContain("GRANT CREATE ON DATABASE");
  expect(await orders.sql("SELECT FROM pg_namespace WHERE nspname = 'backstitch'")).toEqual([]);
  await orders.sql("CREATE SCHEMA backstitch AUTHORIZATION modest");
  expect((await post(orders, "k", { owner: "ada" })).status).toBe(201);
  expect((await post(orders, "k", { owner: "ada" })).status).toBe(201);
  expect(await rows(orders)).toBe(2);
});
