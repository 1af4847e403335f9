/** `pnpm bench [--repetitions N] [--only path|journal]`: the whole path beside a bare loop, interleaved, and the journal of many workers; one JSON object a line. */
import { parseArgs } from "node:util";
import { measureJournal } from "./journal.ts";
import { median, printFigure, printLine, printMachine, quantile } from "./line.ts";
import { type Measured, openBench } from "./path.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { repetitions: { type: "string", default: "3" }, only: { type: "string" } },
});
const repetitions = Number(values.repetitions);
if (values.only !== "journal") await benchPath();
if (values.only !== "path") await benchJournal();
printMachine();

async function benchPath(): Promise<void> {
  const ours: Measured[] = [];
  const peer: Measured[] = [];

  const bench = await openBench();
  try {
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      peer.push(await bench.measure("peer"));
      ours.push(await bench.measure("ours"));
    }
  } finally {
    await bench.close();
  }

  const throughput = (measured: readonly Measured[]): number => median(measured.map(({ rowsPerSecond }) => rowsPerSecond));
  const latency = (measured: readonly Measured[], share: number): number =>
    median(measured.map(({ latencies }) => quantile(latencies, share)));
  printLine({ name: "path.throughput", ours: throughput(ours), peer: throughput(peer), unit: "rows/s", goal: 0.4, better: "more" });
  printLine({ name: "path.latency.p50", ours: latency(ours, 0.5), peer: latency(peer, 0.5), unit: "ms", goal: 3, better: "less" });
  printLine({ name: "path.latency.p99", ours: latency(ours, 0.99), peer: latency(peer, 0.99), unit: "ms", goal: 3, better: "less" });
}

async function benchJournal(): Promise<void> {
  const measured = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) measured.push(await measureJournal());
  const recorded = median(measured.map(({ recordedPerSecond }) => recordedPerSecond));
  const settled = median(measured.map(({ settledPerSecond }) => settledPerSecond));
  printFigure({ name: "journal.postgres.record", value: recorded, unit: "deliveries/s", goal: 10_000 });
  printFigure({ name: "journal.postgres.claim-start-settle.4-workers", value: settled, unit: "deliveries/s", goal: 10_000 });
}
