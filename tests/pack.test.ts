import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, unknown>;
  readonly bin?: Record<string, string>;
}

const manifests: Manifest[] = [];
let folder = "";

/** Builds and packs every package, and installs the tarballs in an empty folder, as a stranger would. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backstitch-pack-"));
  await run("pnpm", ["exec", "turbo", "run", "build"], { cwd: ROOT, env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" } });
  for (const name of await readdir(join(ROOT, "packages"))) {
    manifests.push(JSON.parse(await readFile(join(ROOT, "packages", name, "package.json"), "utf8")) as Manifest);
    await run("pnpm", ["pack", "--pack-destination", folder], { cwd: join(ROOT, "packages", name) });
  }
  const tarballs = Object.fromEntries(
    manifests.map(({ name, version }) => [name, `file:${join(folder, `${name.slice(1).replace("/", "-")}-${version}.tgz`)}`]),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "stranger", type: "module", dependencies: tarballs }));
  await writeFile(
    join(folder, "pnpm-workspace.yaml"),
    `pmOnFail: ignore\noverrides: ${JSON.stringify(tarballs)}\nautoInstallPeers: false\nallowBuilds: {}\n`,
  );
  await run("pnpm", ["install", "--prod", "--prefer-offline"], { cwd: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test("every entry point of every tarball can be imported, without any vendor's SDK", async () => {
  const entries = manifests
    .flatMap(({ name, exports }) => Object.keys(exports).map((path) => name + path.slice(1)))
    .filter((entry) => !entry.endsWith(".json") && entry !== "@backstitch/core/testing");
  const script = `for (const entry of ${JSON.stringify(entries)}) console.log(entry, Object.keys(await import(entry)).length);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: folder });
  const imported = stdout.trim().split("\n");
  expect(imported.map((line) => line.split(" ")[0])).toEqual(entries);
  expect(entries.length).toBeGreaterThan(15);
});

test("nothing of a tarball is TypeScript source, and the command runs", async () => {
  const { stdout } = await run(join(folder, "node_modules/.bin/backstitch"), ["--help"], { cwd: folder });
  expect(stdout).toContain("Usage: backstitch");
  const core = await readdir(join(folder, "node_modules/@backstitch/core"));
  expect(core.toSorted()).toEqual(["LICENSE", "dist", "package.json"]);
  const journals = join(folder, "node_modules/@backstitch/journals");
  expect(await readdir(join(journals, "migrations/postgres"))).toEqual(await readdir(join(ROOT, "packages/journals/migrations/postgres")));
  expect(await readdir(join(folder, "node_modules/@backstitch/cli/alerts"))).toEqual(["backstitch.rules.yml"]);
});
