/** `pnpm bench:sources [--repetitions N] [--rows N]`, one JSON object a line: what a row costs each source beside a bare reader of the same protocol, in turns. */
import { parseArgs } from "node:util";
import { median, printLine, printMachine } from "./line.ts";
import { type Kind, openPostgresBench } from "./sources/postgres.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { repetitions: { type: "string", default: "5" }, rows: { type: "string", default: "400000" } },
});

await benchPostgres(Number(values.repetitions), Number(values.rows));
printMachine();

async function benchPostgres(repetitions: number, rows: number): Promise<void> {
  for (const kind of ["insert", "mixed", "before"] satisfies Kind[]) {
    const measured = { ours: [] as number[], bare: [] as number[] };
    const bench = await openPostgresBench(kind, rows);
    try {
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        for (const side of ["bare", "ours"] as const) measured[side].push(await bench.measure(side));
      }
    } finally {
      await bench.close();
    }
    const [ours, peer] = [median(measured.ours), median(measured.bare)];
    printLine({ name: `sources.postgres.${kind}`, ours, peer, unit: "rows/CPU-s", goal: 0.8, better: "more" });
  }
}
