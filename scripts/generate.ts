/**
 * `pnpm generate`: writes the JSON Schemas of rules, services and backstitch.json, and fills the generated regions of docs/.
 * `pnpm generate --check` writes nothing, names every file that is stale and exits 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format, type FormatConfig } from "oxfmt";
import { outputs } from "./generate/outputs.ts";

const ROOT = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const { ignorePatterns: _, ...style } = JSON.parse(readFileSync(join(ROOT, ".oxfmtrc.json"), "utf8")) as FormatConfig & {
  ignorePatterns?: unknown;
};

const stale: string[] = [];
for (const { path, text } of await outputs(ROOT)) {
  const wanted = await formatted(path, text);
  const file = join(ROOT, path);
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}

for (const path of stale) console.log(check ? `${path} is stale.` : `${path} written.`);
if (check && stale.length > 0) {
  console.error('Run "pnpm generate" and commit what it writes.');
  process.exit(1);
}

async function formatted(path: string, text: string): Promise<string> {
  const { code, errors } = await format(path, text, style);
  const [first] = errors;
  if (first !== undefined) throw new Error(`${path} cannot be formatted: ${first.message}`);
  return code;
}
