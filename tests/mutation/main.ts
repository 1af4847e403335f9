/** `pnpm test:mutation [--folder condition …] [--sample 3]`: how much of what could be written wrong in packages/rules/src its tests notice. The last line is one JSON object. */
import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { scoreOf, survivorLines } from "./verdicts.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SOURCES = "packages/rules/src";
/** Ignored by git. */
const OUTPUT = ".mutation";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    folder: { type: "string", multiple: true, default: [] },
    sample: { type: "string", default: "1" },
  },
});
process.chdir(ROOT);
const sample = Number(values.sample);
if (!Number.isSafeInteger(sample) || sample < 1) throw new Error(`"--sample" is "${values.sample}"; it must be a whole number from 1.`);
// The runners, which are processes of their own, read these: a part of the runs of what is random.
process.env["MUTATION_SAMPLE"] = String(sample);
process.env["RUNS_SHARE"] ??= "0.05";
process.env["ANALYSIS_RUNS"] ??= "40";
process.env["INDEX_RUNS"] ??= "8";
for (const folder of values.folder) {
  if (existsSync(join(SOURCES, folder))) continue;
  const folders = globSync("*/", { cwd: SOURCES }).toSorted().join(", ");
  throw new Error(`There is no folder "${folder}" in ${SOURCES}; there are ${folders}.`);
}
const name = values.folder.length === 0 ? "all" : values.folder.join("+").replaceAll("/", "-");
mkdirSync(OUTPUT, { recursive: true });

const mutants = await new Stryker({
  testRunner: "one-process",
  plugins: [join(import.meta.dirname, "runner.ts")],
  mutate: values.folder.length === 0 ? [`${SOURCES}/**/*.ts`] : values.folder.map((folder) => `${SOURCES}/${folder}/**/*.ts`),
  coverageAnalysis: "perTest",
  // What runs once, as a module is loaded, is mostly tables and schemas: each such mutant costs a run of every test.
  ignoreStatic: true,
  concurrency: 2,
  // The tests of a mutant take the longer, the busier the machine is: one that lives must not pass for one that never ends.
  timeoutMS: 60_000,
  tempDirName: `${OUTPUT}/sandbox`,
  reporters: ["progress-append-only", "json"],
  jsonReporter: { fileName: `${OUTPUT}/${name}.json` },
  allowConsoleColors: false,
  disableTypeChecks: false,
  // Of TypeScript 7 it cannot read one: no file has this name.
  tsconfigFile: "none",
}).runMutationTest();

const survivors = `${OUTPUT}/${name}.survivors.txt`;
writeFileSync(survivors, survivorLines(mutants));
console.log(JSON.stringify({ name, ...scoreOf(mutants, sample), survivors }));
