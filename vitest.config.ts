import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: process.env["CI"] === "true" ? ["default", ["json", { outputFile: ".vitest-reports/all.json" }]] : ["default"],
    projects: ["packages/*", "examples/*", "tests"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
