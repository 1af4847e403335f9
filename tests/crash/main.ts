/** `pnpm test:crash --source postgres|… --journal sqlite|postgres --rounds N --seed S [--rows R] [--workers W]`: the last line is one JSON object; exit code 0 where every promise held. */
import { parseArgs } from "node:util";
import { crashRounds } from "./rounds.ts";
import { SOURCES } from "./sources/source.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    source: { type: "string", default: "postgres" },
    journal: { type: "string", default: "sqlite" },
    rounds: { type: "string", default: "25" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rows: { type: "string" },
    workers: { type: "string" },
  },
});
const { journal } = values;
if (journal !== "sqlite" && journal !== "postgres") throw new Error(`There is no journal "${journal}": it is sqlite or postgres.`);
const source = SOURCES.find((name) => name === values.source);
if (source === undefined) throw new Error(`There is no source "${values.source}": it is one of ${SOURCES.join(", ")}.`);
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const rows = Number(values.rows ?? rounds * 120);
const workers = Number(values.workers ?? (journal === "postgres" ? 2 : 1));

const { broken, events, faults, ...counts } = await crashRounds({
  source,
  journal,
  rounds,
  seed,
  rows,
  workers,
  tell: (line) => console.log(line),
});
for (const sentence of broken.slice(0, 50)) console.error(sentence);
const { lost, outOfOrder, repeats, unaccounted, ...more } = counts;
console.log(
  JSON.stringify({
    name: "crash",
    source,
    journal,
    rounds,
    seed,
    lost,
    outOfOrder,
    repeats,
    unaccounted,
    events,
    workers,
    ...more,
    faults,
  }),
);
process.exitCode = broken.length === 0 ? 0 : 1;
