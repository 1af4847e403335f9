/**
 * `pnpm bench [--repetitions N] [--only path|journal|services|pending] [--pending 1000000]`, one JSON object a line: the whole path beside a bare loop,
 * interleaved; the journal of many workers; nine services beside one that is down; a journal in which a million deliveries wait.
 */
import { parseArgs } from "node:util";
import { measureJournal } from "./journal.ts";
import { median, printFigure, printLine, printMachine, quantile } from "./line.ts";
import { type Measured, openBench } from "./path.ts";
import { measurePending } from "./pending.ts";
import { measureServices, type Rules, type Tenth } from "./services.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { repetitions: { type: "string", default: "3" }, only: { type: "string" }, pending: { type: "string", default: "1000000" } },
});
const repetitions = Number(values.repetitions);
const parts = { path: benchPath, journal: benchJournal, services: benchServices, pending: benchPending };
for (const [name, bench] of Object.entries(parts)) if (values.only === undefined || values.only === name) await bench();
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
  printLine({ name: "path.throughput", ours: throughput(ours), peer: throughput(peer), unit: "rows/s", goal: 0.6, better: "more" });
  printLine({ name: "path.latency.p50", ours: latency(ours, 0.5), peer: latency(peer, 0.5), unit: "ms", goal: 2, better: "less" });
  printLine({ name: "path.latency.p99", ours: latency(ours, 0.99), peer: latency(peer, 0.99), unit: "ms", goal: 3, better: "less" });
}

async function benchJournal(): Promise<void> {
  const measured = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) measured.push(await measureJournal());
  const recorded = median(measured.map(({ recordedPerSecond }) => recordedPerSecond));
  const settled = median(measured.map(({ settledPerSecond }) => settledPerSecond));
  printFigure({ name: "journal.postgres.record", value: recorded, unit: "deliveries/s", goal: 10_000, better: "more" });
  printFigure({
    name: "journal.postgres.claim-start-settle.4-workers",
    value: settled,
    unit: "deliveries/s",
    goal: 10_000,
    better: "more",
  });
}

/** The tenth is up and down in turns. */
async function benchServices(): Promise<void> {
  for (const rules of ["apart", "both"] satisfies Rules[]) {
    const measured: Record<Tenth, number[]> = { up: [], refuses: [], hangs: [] };
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const tenth of ["up", "refuses", "hangs"] as const) measured[tenth].push(await measureServices(tenth, rules));
    }
    for (const tenth of ["refuses", "hangs"] as const) {
      const [ours, peer] = [median(measured[tenth]), median(measured.up)];
      printLine({ name: `services.${rules}.${tenth}`, ours, peer, unit: "deliveries/s", goal: 0.9, better: "more" });
    }
  }
}

async function benchPending(): Promise<void> {
  const { claims, startSeconds, residentMegabytes } = await measurePending(Number(values.pending));
  printFigure({ name: "pending.claim.p99", value: quantile(claims, 0.99), unit: "ms", goal: 5, better: "less" });
  printFigure({ name: "pending.start", value: startSeconds, unit: "s", goal: 2, better: "less" });
  printFigure({ name: "pending.resident", value: residentMegabytes, unit: "MB", goal: 400, better: "less" });
}
