/** `pnpm fuzz:decoders [--count N] [--seed S]`: mutated records of every shape. The last line is one JSON object; exit code 0 where none of them did harm. */
import { parseArgs } from "node:util";
import { decodeMutated } from "./decoders.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { count: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const seed = Number(values.seed);
const { tried, events, refused, defects } = decodeMutated(Number(values.count), seed);
for (const defect of defects.slice(0, 10)) console.log(defect);
console.log(JSON.stringify({ name: "decoders", count: tried, seed, events, refused, differences: defects.length }));
process.exitCode = defects.length === 0 ? 0 : 1;
