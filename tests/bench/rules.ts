/**
 * `pnpm bench:rules [--only against|reload|regex] [--sets exact,nested] [--sizes 10,1000] [--repetitions N]`: the rule engine beside others,
 * interleaved, on the same rules and events, after it was seen that they match the same; one JSON object a line.
 */
import { parseArgs } from "node:util";
import { printMachine } from "./line.ts";
import { against } from "./rules/against.ts";
import { regex } from "./rules/regex.ts";
import { reload } from "./rules/reload.ts";
import { SETS, SIZES } from "./rules/sets.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    only: { type: "string" },
    sets: { type: "string", default: SETS.join() },
    sizes: { type: "string", default: SIZES.join() },
    repetitions: { type: "string", default: "3" },
  },
});
const repetitions = Number(values.repetitions);
const sets = SETS.filter((set) => values.sets.split(",").includes(set));
const sizes = values.sizes.split(",").map(Number);

const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  against: () => against({ repetitions, sets, sizes }),
  reload: () => reload(repetitions),
  regex: () => regex(repetitions),
};
if (values.only !== undefined && parts[values.only] === undefined) throw new Error(`The parts are ${Object.keys(parts).join(", ")}.`);
for (const [name, run] of Object.entries(parts)) if (values.only === undefined || values.only === name) await run();
printMachine();
