import { createServer, type IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { listDeliveries } from "./support/deliveries.ts";
import { freePort } from "@backstitch/sandbox";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const SCHEMA = "CREATE TABLE usual (id int PRIMARY KEY, rounds int); CREATE TABLE few (id int PRIMARY KEY, rounds int)";

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

/** A far side that does something because of every request, before it answers. */
async function startFarSide(
  act: (path: string, headers: IncomingHttpHeaders) => Promise<void>,
): Promise<AsyncDisposable & { url: string }> {
  const port = await freePort();
  const far = createServer((message, answer) => {
    message.resume();
    act(message.url ?? "", message.headers).then(
      () => answer.end(),
      () => answer.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => far.listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void far.close() };
}

test("deliveries that feed the source they came from end at the limit, and everything is accounted for", async () => {
  await using database = await openDatabase(server, SCHEMA);
  const told: string[] = [];
  let behind: Promise<unknown> = Promise.resolve();
  await using far = await startFarSide((path, headers) => {
    const hops = String(headers["backstitch-hops"]);
    told.push(`${path} ${hops}`);
    const write = `SELECT pg_logical_emit_message(true, 'backstitch-hops', '${hops}'); UPDATE ${path.slice(1)} SET rounds = rounds + 1`;
    const written = behind.then(() => database.sql(`BEGIN; ${write}; COMMIT`).then(() => undefined));
    behind = written;
    return written;
  });
  const everything = { when: { "after.id": { $exists: true } } };
  await using project = await writeProject({
    "backstitch.json": SHOP,
    "services/sink.json": httpService(far.url),
    "rules/usual.json": rule("usual", request("/usual", {}), everything),
    "rules/few.json": rule("few", request("/few", {}), { ...everything, limits: { hops: 1, exceeded: "hold" } }),
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using run = startRun(project.folder, environment);
  await run.ready();
  await database.sql("INSERT INTO usual VALUES (1, 0)");
  await database.sql("INSERT INTO few VALUES (1, 0)");

  const dropped = { rule: "usual", state: "dropped", code: "HOP_LIMIT" };
  const reason = "Its event came to be through 9 deliveries, and its rule acts on what came through 8 at the most.";
  await run.logged("not delivered", { ...dropped, reason });
  await run.logged("not delivered", { rule: "few", state: "held", code: "HOP_LIMIT" });
  const counted = ['rule="usual",state="dropped"} 1\n', 'rule="few",state="held"} 1\n'];
  await until(async () => {
    const { body } = await run.get("/metrics");
    return counted.every((line) => body.includes(`backstitch_limited_total{service="sink",${line}`));
  });
  expect(told.filter((line) => line.startsWith("/usual"))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((hops) => `/usual ${hops}`));
  expect(told.filter((line) => line.startsWith("/few"))).toEqual(["/few 1", "/few 2"]);
  await run.stop();

  expect(await database.sql("SELECT u.rounds AS usual, f.rounds AS few FROM usual u, few f")).toEqual([{ usual: 9, few: 2 }]);
  const verified = await backstitch(["verify", "-p", project.folder], environment);
  expect(verified).toMatchObject({ code: 0, stdout: "Everything is accounted for: 13 events; 1 held, 11 accepted and 1 dropped.\n" });

  const [last] = await listDeliveries(project.folder, environment, "--state", "dropped");
  const explained = await backstitch(["explain", "usual", last?.eventId ?? "", "-p", project.folder], environment);
  expect(explained.stdout).toMatch(/\non {4}✓ update of usual in shop \(log\)\n {6}came through 9 deliveries\n/);
  const json = await backstitch(["explain", "usual", last?.eventId ?? "", "-p", project.folder, "--json"], environment);
  expect(JSON.parse(json.stdout)).toMatchObject({ rule: "usual", hops: 9 });
});
