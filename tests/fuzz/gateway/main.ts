/** `pnpm fuzz:gateway [--count N] [--seed S] [--part decisions|filters|database]`: the last line is one JSON object; exit code 1 where anything differs. */
import { parseArgs } from "node:util";
import { fuzzDecisions, type GatewayFuzz, type GatewayResult } from "./decisions.ts";
import { fuzzDatabase } from "./database.ts";
import { fuzzFilters } from "./filters.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    part: { type: "string", default: "all" },
  },
});
const PARTS: Readonly<Record<string, (asked: GatewayFuzz) => GatewayResult | Promise<GatewayResult>>> = {
  decisions: fuzzDecisions,
  filters: fuzzFilters,
  database: fuzzDatabase,
};
const asked: GatewayFuzz = { count: Number(values.count), seed: Number(values.seed), tell: (text) => console.log(text) };
const parts = Object.keys(PARTS).filter((name) => values.part === "all" || values.part === name);
if (parts.length === 0) throw new Error(`There is no part "${values.part}"; there are ${Object.keys(PARTS).join(", ")} and all.`);
if (!Number.isSafeInteger(asked.count) || asked.count < 1)
  throw new Error(`"--count" is "${values.count}"; it must be a whole number from 1.`);
if (!Number.isSafeInteger(asked.seed)) throw new Error(`"--seed" is "${values.seed}"; it must be a whole number.`);

let differences = 0;
for (const name of parts) {
  const result = await PARTS[name]?.(asked);
  differences += result?.differences ?? 1;
  console.log(JSON.stringify(result));
}
console.log(JSON.stringify({ name: "gateway", ...asked, tell: undefined, differences }));
process.exitCode = differences === 0 ? 0 : 1;
