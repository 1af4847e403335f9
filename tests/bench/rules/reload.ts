/** How long it takes to compile 100,000 rules, what they weigh, and what one more or less costs. */
import type { ChangeEvent } from "@backstitch/core/source";
import type { CompiledRuleSet, RuleFile } from "@backstitch/rules";
import { median, printLine } from "../line.ts";
import { compiled, fileOf, filesOf, matchNow } from "./ours.ts";
import { eventTexts, expression, rulesOf } from "./sets.ts";

const RULES = 100_000;
const MEGABYTE = 1_000_000;
const CHANGES = 15;

export function reload(repetitions: number): void {
  const times: number[] = [];
  const weights: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const { seconds, weight } = compileAll();
    times.push(seconds);
    weights.push(weight / MEGABYTE);
  }
  printLine({ name: `rules.compile.${RULES}`, ours: median(times), peer: 1, unit: "s", goal: 3, better: "less" });
  printLine({ name: `rules.heap.${RULES}`, ours: median(weights), peer: 1, unit: "MB", goal: 200, better: "less" });
  changeOne();
}

/** The texts of the files are made before, and let go after: what the rule set keeps of them counts as its own. */
function compileAll(): { readonly seconds: number; readonly weight: number } {
  const before = heapUsed();
  const files = filesOf("mixed", rulesOf("mixed", RULES));
  const started = performance.now();
  const ruleSet = compiled(files);
  const seconds = (performance.now() - started) / 1000;
  (files as RuleFile[]).length = 0;
  const weight = heapUsed() - before;
  if (ruleSet.rules.length !== RULES) throw new Error("Rules are missing.");
  return { seconds, weight };
}

function heapUsed(): number {
  if (global.gc === undefined) throw new Error("Run it with --expose-gc.");
  global.gc();
  return process.memoryUsage().heapUsed;
}

/** A changed index is brought up to date by the first event that it is shown; the files that did not change are compared before that. */
function changeOne(): void {
  const files = filesOf("mixed", rulesOf("mixed", RULES));
  const more = rulesOf("mixed", RULES + CHANGES).slice(RULES);
  const event = [JSON.parse(eventTexts("mixed", RULES, { count: 1, oneIn: 2 })[0] ?? "") as ChangeEvent];
  let ruleSet = compiled(files);
  const times = { added: [] as number[], removed: [] as number[], reloaded: [] as number[] };
  const change = (next: readonly RuleFile[]): number => {
    const started = performance.now();
    const changed: CompiledRuleSet = compiled(next, ruleSet);
    times.reloaded.push(performance.now() - started);
    const reloaded = performance.now();
    matchNow(changed, event);
    ruleSet = changed;
    return performance.now() - reloaded;
  };
  matchNow(ruleSet, event);
  for (const [index, test] of more.entries()) {
    const at = (index * 7_919) % RULES;
    times.added.push(change(files.toSpliced(at, 0, fileOf(`new-${index}`, expression(test, "after.")))));
    times.removed.push(change(files));
  }
  printLine({ name: `rules.add-one.${RULES}`, ours: median(times.added), peer: 1, unit: "ms", goal: 1, better: "less" });
  printLine({ name: `rules.remove-one.${RULES}`, ours: median(times.removed), peer: 1, unit: "ms", goal: 1, better: "less" });
  // The whole of it, reading and comparing all files included, has no goal: it is held against compiling anew.
  printLine({ name: `rules.reload-one.${RULES}`, ours: median(times.reloaded), peer: 3_000, unit: "ms", goal: 1, better: "less" });
}
