import { tables } from "@backstitch/cli";
import { loadProject } from "@backstitch/project";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun, type Run } from "./support/backstitch.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { SHOP, writeProject, type Files } from "./support/project.ts";

// A test starts a process.
vi.setConfig({ testTimeout: 60_000 });

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

const gateway = { port: 0, connectionString: { $secret: "DATABASE_URL" } };
const PUBLIC = {
  name: "anybody",
  applyWhen: { "root.public": true },
  fields: { secret: { read: false } },
  additionalFields: { read: true },
};

interface Following extends AsyncDisposable {
  /** The messages of the next text that is no heartbeat, until there are so many. */
  take(many: number): Promise<readonly string[]>;
  lastId(): string | undefined;
}

async function follow(run: Run, path: string, id?: string): Promise<Following> {
  const { http } = await run.logged("running");
  const stop = new AbortController();
  const headers = id === undefined ? {} : { "last-event-id": id };
  const { body, status } = await fetch(`${String(http)}${path}`, { headers, signal: stop.signal });
  expect(status).toBe(200);
  const parts = (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let taken = 0;
  const messages = (): readonly RegExpExecArray[] => [...text.matchAll(/^event: (\w+)\n(?:id: (.*)\n)?data: (.*)\n\n/gm)];
  return {
    lastId: () => messages()[taken - 1]?.[2],
    async take(many) {
      while (messages().length < taken + many) {
        const { value, done } = await parts.read();
        if (done) throw new Error(`The stream has ended: ${text}`);
        text += value;
      }
      taken += many;
      return messages()
        .slice(taken - many, taken)
        .map(([, event = "", , data = ""]) => `${event} ${data}`);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await parts.cancel().catch(() => undefined);
    },
  };
}

test("what the database commits is told to those who may read it, whoever wrote it", async () => {
  await using shop = await openDatabase(
    server,
    `CREATE TABLE orders (id int PRIMARY KEY, price numeric(10, 2), secret text, public boolean, large text);
     CREATE TABLE notes (id int PRIMARY KEY, doc jsonb);`,
  );
  await using project = await writeProject({
    "backstitch.json": { ...SHOP, gateway },
    "collections/orders.json": { live: true, roles: [PUBLIC] },
    "collections/notes.json": { live: true, document: "doc", roles: [{ name: "anybody", read: { "root.public": true } }] },
  });
  const { stdout } = await backstitch(["setup", "-p", project.folder], shop.environment);
  expect(stdout).toContain(`ALTER TABLE "public"."orders" REPLICA IDENTITY FULL`);
  await using run = startRun(project.folder, shop.environment, ["--http"]);
  await run.ready();
  await using orders = await follow(run, "/v1/orders/changes");
  await using notes = await follow(run, "/v1/notes/changes");
  expect(await orders.take(1)).toEqual(["ready {}"]);
  expect(await notes.take(1)).toEqual(["ready {}"]);
  await shop.sql("INSERT INTO orders VALUES (1, 12.50, 'hidden', true, repeat('x', 3)), (2, 3, 'hidden', false, NULL)");
  await shop.sql("UPDATE orders SET price = 13 WHERE id = 1");
  await shop.sql("UPDATE orders SET public = true WHERE id = 2");
  await shop.sql("UPDATE orders SET id = 3 WHERE id = 2");
  await shop.sql("UPDATE orders SET public = false WHERE id = 1");
  await shop.sql("DELETE FROM orders WHERE id = 1");
  await shop.sql("DELETE FROM orders WHERE id = 3");
  expect(await orders.take(7)).toEqual([
    'change {"key":{"id":1},"document":{"id":1,"price":12.50,"public":true,"large":"xxx"}}',
    'change {"key":{"id":1},"document":{"id":1,"price":13.00,"public":true,"large":"xxx"}}',
    'change {"key":{"id":2},"document":{"id":2,"price":3.00,"public":true,"large":null}}',
    'remove {"key":{"id":2}}',
    'change {"key":{"id":3},"document":{"id":3,"price":3.00,"public":true,"large":null}}',
    'remove {"key":{"id":1}}',
    'remove {"key":{"id":3}}',
  ]);
  await shop.sql(`INSERT INTO notes VALUES (1, '{"public": true, "text": "hi", "at": 1.5}'), (2, '{"public": false}')`);
  await shop.sql(`UPDATE notes SET doc = '{"public": true}' WHERE id = 2`);
  expect(await notes.take(2)).toEqual([
    'change {"key":{"id":1},"document":{"id":1,"at":1.5,"text":"hi","public":true}}',
    'change {"key":{"id":2},"document":{"id":2,"public":true}}',
  ]);
  const id = orders.lastId();
  await shop.sql("INSERT INTO orders VALUES (4, 1, 'hidden', true, NULL)");
  await using again = await follow(run, "/v1/orders/changes", id);
  expect(await again.take(1)).toEqual(['change {"key":{"id":4},"document":{"id":4,"price":1.00,"public":true,"large":null}}']);
  await run.stop();

  await using other = startRun(project.folder, shop.environment, ["--http"]);
  await other.ready();
  await using later = await follow(other, "/v1/orders/changes", id);
  expect(await later.take(1)).toEqual(["reset {}"]);
});

test.each<readonly [string, object, Files, readonly unknown[]]>([
  ["no source that reads a database", { sources: { web: { type: "jsonl", path: "-" } } }, {}, ["GATEWAY_SOURCE_MISSING"]],
  ["two of them", { sources: { shop: SHOP.sources.shop, other: SHOP.sources.shop } }, {}, ["GATEWAY_SOURCE_MISSING"]],
  [
    "two of them, and it says which",
    { sources: { shop: SHOP.sources.shop, other: SHOP.sources.shop }, gateway: { ...gateway, source: "shop" } },
    {},
    [],
  ],
  ["one that is not there", { ...SHOP, gateway: { ...gateway, source: "shopp" } }, {}, ["GATEWAY_SOURCE_UNKNOWN"]],
  ["one", SHOP, {}, []],
])("check says whose changes are told, where there is %s", async (_, manifest, files, expected) => {
  await using project = await writeProject({
    "backstitch.json": { gateway, ...manifest },
    "collections/orders.json": { live: true, roles: [PUBLIC] },
    ...files,
  });
  const { problems } = await loadProject(project.folder, tables, { DATABASE_URL: "postgres://x", SLOT: "x" });
  expect(problems.map(({ code }) => code)).toEqual(expected);
});
