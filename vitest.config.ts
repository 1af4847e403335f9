import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const folders = globSync(["packages/*/package.json", "examples/*/package.json", "tests/package.json"], { cwd: root });

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
