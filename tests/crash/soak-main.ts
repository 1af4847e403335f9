/** `pnpm test:soak --journal sqlite|postgres --minutes N --seed S`: the last line is one JSON object; exit code 0 where every promise held and memory stayed flat. */
import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    journal: { type: "string", default: "sqlite" },
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const { journal } = values;
if (journal !== "sqlite" && journal !== "postgres") throw new Error(`There is no journal "${journal}": it is sqlite or postgres.`);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];

const { broken, ...result } = await soak({ journal, seconds: minutes * 60, seed, tell: (line) => console.log(line) });
for (const sentence of broken.slice(0, 50)) console.error(sentence);
console.log(JSON.stringify({ name: "soak", journal, minutes, seed, ...result }));
process.exitCode = broken.length === 0 && result.flat ? 0 : 1;
