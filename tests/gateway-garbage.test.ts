import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { start, type Running } from "./support/backstitch.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts a process.
vi.setConfig({ testTimeout: 120_000 });

/** Until V8 has compiled what answers, and its young generation has grown to its size. */
const WARM_UP = 3_000;

let server: TestPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

/** What was left after each collection of young objects so far, megabytes. */
function leftIn(traced: Running): readonly number[] {
  return [...traced.stdout().matchAll(/Scavenge .*? -> ([\d.]+) /g)].map(([, megabytes]) => Number(megabytes));
}

async function ask(url: () => string, times: number): Promise<void> {
  let left = times;
  const oneAfterTheOther = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(url());
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 16 }, oneAfterTheOther));
}

test.each([
  ["a document by its key", () => `/v1/item/${1 + Math.floor(Math.random() * 1_000)}`, 6_000],
  ["a page that is filtered", () => `/v1/item?filter=${encodeURIComponent('{"n": {"$gte": 10}}')}`, 1_500],
] as const)("what was needed for %s does not outlive the next collection of young objects", async (_, path, times) => {
  await using database = await openDatabase(
    server,
    "CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL); INSERT INTO item SELECT n, n FROM generate_series(1, 1000) AS n",
  );
  await using project = await writeProject({
    "backstitch.json": {
      sources: { shop: { type: "http", accepts: "backstitch", port: 0, authentication: "none" } },
      gateway: { port: 0, connectionString: { $secret: "DATABASE_URL" } },
    },
    "collections/item.json": { roles: [{ name: "anybody", applyWhen: { "user.id": { $exists: false } }, read: true }] },
  });
  const args = ["run", "-p", project.folder, "--port", "0", "--http"];
  await using traced = start(args, database.environment, ["--trace-gc"]);
  const [, url] = await until(() => /"http":"([^"]+)"/.exec(traced.stdout()) ?? undefined, { otherwise: traced.stderr });
  await ask(() => `${String(url)}${path()}`, WARM_UP);
  const before = leftIn(traced).length;
  await ask(() => `${String(url)}${path()}`, times);
  const left = leftIn(traced).slice(before);
  // Where old objects were collected, less is left than before.
  const grown = left.slice(1).map((megabytes, index) => megabytes - (left[index] ?? 0));
  const between = grown.filter((megabytes) => megabytes > -1);
  expect(between.length).toBeGreaterThan(10);
  // A hundredth. Where each request leaves its own behind, ten to forty of them.
  expect(between.reduce((sum, megabytes) => sum + megabytes, 0) / between.length).toBeLessThan(0.06);
});
