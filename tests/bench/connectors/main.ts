/** `pnpm bench:connectors [--only twilio] [--rounds 160] [--seconds 60] [--cli dist/main.js]`, one JSON object a line: what connectors add, and what `append` holds. */
import { parseArgs } from "node:util";
import { printAdded, printFigure, printLine, printMachine } from "../line.ts";
import { measureAppend } from "./append.ts";
import { contenders, type Contender } from "./contenders.ts";
import { measureOverhead } from "./overhead.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "160" },
    seconds: { type: "string", default: "60" },
    cli: { type: "string" },
  },
});
const calls = Object.entries(contenders).map(([name, contender]) => [name, () => benchCalls(name, contender)] as const);
const parts = { ...Object.fromEntries(calls), append: benchAppend };
for (const [name, bench] of Object.entries(parts)) if (values.only === undefined || values.only === name) await bench();
printMachine();

/** A call by an SDK costs hundreds of microseconds, one by undici a tenth of that: there a share would say little. */
async function benchCalls(name: string, contender: Contender): Promise<void> {
  const { bare, ...ways } = await measureOverhead(name, contender, Number(values.rounds));
  for (const [way, cost] of Object.entries(ways)) {
    for (const kind of ["cpu", "wall"] as const) {
      const line = { name: `${name}.${contender.action}.${way}.${kind}`, unit: "µs/call" } as const;
      if (name === "http") printAdded({ ...line, name: `${line.name}.added`, ours: cost[kind], peer: bare[kind], goal: 15 });
      else printLine({ ...line, better: "less", ours: cost[kind], peer: bare[kind], goal: 1.1 });
    }
  }
}

async function benchAppend(): Promise<void> {
  const { storedPerSecond, residentMegabytes } = await measureAppend(Number(values.seconds), values.cli);
  // Rows are written at 1,000 a second, and what is behind when the last has been written counts.
  printFigure({ name: "s3.append.stored", value: storedPerSecond, unit: "events/s", goal: 950, better: "more" });
  printFigure({ name: "s3.append.resident", value: residentMegabytes, unit: "MB", goal: 200, better: "less" });
}
