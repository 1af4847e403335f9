import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const folders = globSync(["packages/*/package.json", "examples/*/package.json", "tests/package.json"], { cwd: root });

/** The servers of all files are copies of one, for as long as this run takes. */
function keepTemplates(): void {
  if (process.env["BACKSTITCH_POSTGRES_TEMPLATES"] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), "backstitch-pg-templates-"));
  process.env["BACKSTITCH_POSTGRES_TEMPLATES"] = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}

keepTemplates();

export default defineConfig({
  test: {
    reporters: process.env["CI"] === "true" ? ["default", ["json", { outputFile: ".vitest-reports/all.json" }]] : ["default"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    projects: folders.toSorted().map((manifest) => ({
      extends: true,
      root: join(root, manifest, ".."),
      test: { name: (JSON.parse(readFileSync(join(root, manifest), "utf8")) as { name: string }).name },
    })),
  },
});
