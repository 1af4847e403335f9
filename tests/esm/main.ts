/** `pnpm test:esm --count N --seed S [--carrier NAME]`: a line of JSON for each carrier; exit code 0 where every promise held. */
import { parseArgs } from "node:util";
import { CARRIERS } from "./plan.ts";
import { runSeeds } from "./rounds.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: { count: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, carrier: { type: "string" } },
});
const chosen = CARRIERS.filter((name) => values.carrier === undefined || name === values.carrier);
if (chosen.length === 0) throw new Error(`There is no carrier "${values.carrier}"; the carriers are ${CARRIERS.join(", ")}.`);
for (const carrier of chosen) {
  const began = performance.now();
  const { broken, ...counts } = await runSeeds(carrier, Number(values.seed), Number(values.count));
  for (const sentence of broken.slice(0, 50)) console.error(sentence);
  if (broken.length > 0) process.exitCode = 1;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  console.log(
    JSON.stringify({
      name: "esm",
      carrier,
      count: Number(values.count),
      seed: Number(values.seed),
      broken: broken.length,
      ...counts,
      seconds,
    }),
  );
}
