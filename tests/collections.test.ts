import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startRun, type Environment } from "./support/backstitch.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { writeProject } from "./support/project.ts";

// A test starts a process.
vi.setConfig({ testTimeout: 60_000 });

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

test("a document is served as its rules say", async () => {
  await using shop = await openDatabase(
    server,
    `CREATE TABLE orders (id int PRIMARY KEY, price numeric(10, 2), secret text, public boolean);
    INSERT INTO orders VALUES (1, 12.50, 'hidden', true), (2, 3, 'hidden', false)`,
  );
  await using project = await writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      gateway: { port: 0, connectionString: { $secret: "DATABASE_URL" } },
    },
    "collections/orders.json": {
      roles: [{ name: "anybody", applyWhen: { "root.public": true }, fields: { id: { read: true }, price: { read: true } } }],
    },
  });
  const environment: Environment = { DATABASE_URL: shop.url };
  await using run = startRun(project.folder, environment, ["--http"]);
  await run.ready();
  const { http } = await run.logged("running");
  const get = async (key: string): Promise<readonly [number, string]> => {
    const answer = await fetch(`${String(http)}/v1/orders/${key}`);
    return [answer.status, await answer.text()];
  };
  expect(await get("1")).toEqual([200, '{"id":1,"price":12.50}']);
  const unknown = await get("3");
  expect(unknown[0]).toBe(404);
  expect(await get("2")).toEqual([404, unknown[1].replace("3", "2")]);
});
