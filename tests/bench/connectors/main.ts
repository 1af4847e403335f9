/** `pnpm bench:connectors [--only s3] [--seconds 60]`, one JSON object a line: what connectors add, and what they hold. */
import { parseArgs } from "node:util";
import { printFigure, printMachine } from "../line.ts";
import { measureAppend } from "./append.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { only: { type: "string" }, seconds: { type: "string", default: "60" } },
});
const parts = { s3: benchAppend };
for (const [name, bench] of Object.entries(parts)) if (values.only === undefined || values.only === name) await bench();
printMachine();

async function benchAppend(): Promise<void> {
  const { storedPerSecond, residentMegabytes } = await measureAppend(Number(values.seconds));
  // Rows are written at 1,000 a second, and what is behind when the last has been written counts.
  printFigure({ name: "s3.append.stored", value: storedPerSecond, unit: "events/s", goal: 950, better: "more" });
  printFigure({ name: "s3.append.resident", value: residentMegabytes, unit: "MB", goal: 200, better: "less" });
}
