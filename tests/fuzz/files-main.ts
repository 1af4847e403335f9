/** `pnpm fuzz:files [--count N] [--seed S]`: mutilated rule files; without a count, every truncation and every character in every way. The last line is one JSON object. */
import { parseArgs } from "node:util";
import { printLine } from "../bench/line.ts";
import { compileMutilated } from "./files.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { count: { type: "string", default: "Infinity" }, seed: { type: "string", default: "1" } },
});
const seed = Number(values.seed);
const { tried, crashes, slowest, slowestWhole } = compileMutilated(Number(values.count), seed);
for (const crash of crashes.slice(0, 10)) console.log(crash);
printLine({ name: "rules.mutilated.slowest", ours: slowest, peer: slowestWhole, unit: "ms", goal: 20, better: "less" });
console.log(JSON.stringify({ name: "files", count: tried, seed, differences: crashes.length }));
process.exitCode = crashes.length === 0 ? 0 : 1;
