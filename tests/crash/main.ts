/** `pnpm test:crash --rounds N --seed S [--rows R] [--server-percent P]`: the last line is one JSON object; exit code 0 where every promise held. */
import { parseArgs } from "node:util";
import { crashRounds } from "./rounds.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    rounds: { type: "string", default: "25" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rows: { type: "string" },
    "server-percent": { type: "string", default: "20" },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const rows = Number(values.rows ?? rounds * 800);

const { events, lost, outOfOrder, repeats, broken } = await crashRounds({
  rounds,
  seed,
  rows,
  serverPercent: Number(values["server-percent"]),
  tell: (line) => console.log(line),
});
for (const sentence of broken.slice(0, 50)) console.error(sentence);
console.log(JSON.stringify({ name: "crash", rounds, seed, events, lost, outOfOrder, repeats }));
process.exitCode = broken.length === 0 ? 0 : 1;
