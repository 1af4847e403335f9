/** `pnpm test:memory [--rows N] [--shape narrow|wide|one-transaction]`: the last line is one JSON object; exit code 0 where the goal was met. */
import { parseArgs } from "node:util";
import { SHAPES, type Shape } from "./rows.ts";
import { streamRows } from "./stream.ts";

/** The resident set that a process streaming any number of rows stays under. */
const GOAL_MB = 300;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { rows: { type: "string" }, shape: { type: "string", default: "narrow" } },
});
const shape = values.shape as Shape;
if (!SHAPES.includes(shape)) throw new Error(`There is no shape "${shape}"; there are ${SHAPES.join(", ")}.`);
const rows = Number(values.rows ?? (shape === "one-transaction" ? 500_000 : 1_000_000));

const { maxRssMb } = await streamRows({ rows, shape, tell: (line) => console.log(line) });
const met = maxRssMb < GOAL_MB;
console.log(JSON.stringify({ name: "memory", shape, rows, maxRssMb, goalMb: GOAL_MB, met }));
process.exitCode = met ? 0 : 1;
