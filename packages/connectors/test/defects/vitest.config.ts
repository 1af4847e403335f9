import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { root: import.meta.dirname, include: ["*.fixture.ts"], pool: "forks", testTimeout: 30_000 },
});
