/** `pnpm fuzz:rules [--count N] [--seed S] [--against mingo|engine|both]`: the last line is one JSON object; exit code 1 where anything differs. */
import { parseArgs } from "node:util";
import { ORACLES } from "./oracles.ts";
import { fuzz } from "./run.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    count: { type: "string", default: "200000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    against: { type: "string", default: "both" },
  },
});
const { against } = values;
const count = Number(values.count);
const seed = Number(values.seed);
const oracles = ORACLES.filter(({ name }) => against === "both" || against === name);
if (oracles.length === 0)
  throw new Error(`There is no oracle "${against}"; there are ${ORACLES.map(({ name }) => name).join(", ")} and both.`);
if (!Number.isSafeInteger(count) || count < 1) throw new Error(`"--count" is "${values.count}"; it must be a whole number from 1.`);
if (!Number.isSafeInteger(seed)) throw new Error(`"--seed" is "${values.seed}"; it must be a whole number.`);

const tell = (text: string): void => console.log(text);
const results = [];
for (const oracle of oracles) {
  const result = await fuzz(oracle, { count, seed, tell });
  results.push(result);
  console.log(JSON.stringify(result));
}
const differences = results.reduce((sum, result) => sum + result.differences, 0);
const tried = results.reduce((sum, result) => sum + result.count, 0);
if (results.length > 1) console.log(JSON.stringify({ name: "both", count: tried, seed, differences }));
process.exitCode = differences === 0 ? 0 : 1;
