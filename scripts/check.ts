/** `pnpm check`: everything that is checked without running the product. Each step is run even where one before it failed. */
import { spawnSync } from "node:child_process";

const steps: readonly (readonly [name: string, ...command: string[]])[] = [
  ["types", "tsc", "-p", "tsconfig.json"],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["format", "oxfmt", "--check", "."],
  ["boundaries", "node", "scripts/boundaries.ts"],
  ["generated files", "node", "scripts/generate.ts", "--check"],
];

const failed: string[] = [];
for (const [name, command = "", ...args] of steps) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed.push(name);
}
process.exit(failed.length === 0 ? 0 : 1);
