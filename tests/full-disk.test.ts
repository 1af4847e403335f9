import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { httpPeer } from "@backstitch/sandbox";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { backstitch, startRun } from "./support/backstitch.ts";
import { disposable } from "./support/disposable.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const SCHEMA = "CREATE TABLE item (id integer PRIMARY KEY, note text NOT NULL)";
const ITEMS = rule("item", request("/items", { id: { $path: "key.id" }, note: { $path: "after.note" } }));
const ROWS = 40;
/** Together several times what there is room for, and no line of them can be made shorter. */
const FILL = "INSERT INTO item SELECT id, repeat(md5(id::text), 8000) FROM generate_series($1::int, $2::int) AS id";

let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

/** A small file system of its own at a folder. @throws where the system does not permit it */
function mountSmall(folder: string): Disposable & { grow(): void } {
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
  return {
    grow: () => void execFileSync("mount", ["-o", "remount,size=200m", folder]),
    // Lazily: a process under test may not be gone yet.
    [Symbol.dispose]: () => void execFileSync("umount", ["--lazy", folder]),
  };
}

async function mayMount(): Promise<boolean> {
  await using probe = await writeProject({});
  try {
    using _mounted = mountSmall(probe.folder);
    return true;
  } catch {
    return false;
  }
}

const ids = (sink: { received(): readonly { readonly fields: object }[] }): readonly number[] =>
  sink
    .received()
    .map(({ fields }) => (JSON.parse((fields as { body: string }).body) as { id: number }).id)
    .toSorted((left, right) => left - right);
const ALL = Array.from({ length: ROWS }, (_, index) => index + 1);

test.skipIf(!(await mayMount()))(
  "a full disk: reading pauses and says why, and goes on by itself when there is room (needs the right to mount)",
  async () => {
    await using sink = disposable(await httpPeer());
    await using database = await openDatabase(server, SCHEMA);
    await using project = await writeProject({
      "backstitch.json": SHOP,
      "services/sink.json": httpService(sink.url),
      "rules/items.json": ITEMS,
    });
    using disk = mountSmall(join(project.folder, ".backstitch"));
    const { environment } = database;
    await backstitch(["setup", "-p", project.folder], environment);
    await using run = startRun(project.folder, environment);
    await run.ready();
    for (let id = 1; id <= ROWS; id += 1) await database.sql(FILL, [id, id]);
    const full = await run.logged("journal is full: reading is paused, nothing is lost", { level: 50 });
    expect(full["reason"]).toBe("There is no room on the journal's disk; nothing was stored. It goes on by itself when there is room.");
    expect(await run.unready()).toContain(`The journal is full: ${String(full["reason"])}\n`);
    expect((await run.get("/healthz")).status).toBe(200);
    expect(new Set(ids(sink)).size).toBeLessThan(ROWS);

    disk.grow();
    await run.logged("journal has room again");
    await until(() => sink.received().length >= ROWS);
    await run.ready();
    await run.stop();
    expect(ids(sink)).toEqual(ALL);
  },
);

test.skipIf(!(await mayMount()))(
  "a disk that is full when `run` starts is waited for, and said to be (needs the right to mount)",
  async () => {
    await using database = await openDatabase(server, SCHEMA);
    await using project = await writeProject({
      "backstitch.json": SHOP,
      "services/sink.json": httpService("http://127.0.0.1:9"),
      "rules/items.json": ITEMS,
    });
    using _disk = mountSmall(join(project.folder, ".backstitch"));
    const ballast = join(project.folder, ".backstitch/ballast");
    execFileSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4096", "count=1023"], { stdio: "ignore" });
    await backstitch(["setup", "-p", project.folder], database.environment);
    await using run = startRun(project.folder, database.environment);
    const full = await run.logged("journal is full: reading is paused, nothing is lost", { level: 50 });
    expect(full["reason"]).toBe("There is no room on the journal's disk; nothing was stored. It goes on by itself when there is room.");
    expect(await run.unready()).toContain(`The journal is full: ${String(full["reason"])}\n`);

    rmSync(ballast);
    await run.logged("journal has room again");
    await run.ready();
    await run.stop();
  },
);

test("journal.maxBytes: reading pauses and says why; what was not read arrives once there may be more", async () => {
  await using sink = disposable(await httpPeer());
  await using database = await openDatabase(server, SCHEMA);
  const manifest = (maxBytes: string): object => ({ ...SHOP, journal: { maxBytes } });
  await using project = await writeProject({
    "backstitch.json": manifest("4MB"),
    "services/sink.json": httpService(sink.url),
    "rules/items.json": ITEMS,
  });
  const { environment } = database;
  await backstitch(["setup", "-p", project.folder], environment);
  await using first = startRun(project.folder, environment);
  await first.ready();
  for (let id = 1; id <= ROWS; id += 1) await database.sql(FILL, [id, id]);
  expect(await first.unready()).toMatch(/^The journal is full: The journal would hold \d+ bytes; "maxBytes" allows 4000000\. .*\n$/);
  await first.stop();
  const sent = ids(sink).length;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThan(ROWS);

  await project.write({ "backstitch.json": manifest("100MB") });
  await using second = startRun(project.folder, environment);
  await until(() => sink.received().length >= ROWS);
  await second.ready();
  await second.stop();
  expect(ids(sink)).toEqual(ALL);
});
