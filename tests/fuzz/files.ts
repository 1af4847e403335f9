import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compileRules, type RuleFile, type RuleFiles } from "@backstitch/rules";
import { createRandom } from "../support/random.ts";
import { CATALOGUE } from "./ours.ts";

const CORPUS = join(import.meta.dirname, "../../packages/rules/corpus/good");
const FILES = 50;
/** What one character may become: what JSON, paths, operators and templates are made of, and what no text should hold. */
const ODD = ['"', "{", "}", "[", "]", ",", ":", "\\", "0", "-", "$", ".", "%", "|", " ", "\n", "\u0000", "\ud800", "é", ""];

/** A rule file that was cut short, or of which one character is another. */
interface Mutilation {
  readonly file: RuleFile;
  readonly text: string;
}

export interface FilesResult {
  readonly tried: number;
  /** What threw, or said something that is no sentence for people. */
  readonly crashes: readonly string[];
  /** Milliseconds. */
  readonly slowest: number;
  /** Of the files as they are. Milliseconds. */
  readonly slowestWhole: number;
}

/** Compiles mutilated rule files: every one of `count` must be a rule or problems. @param count Infinity: every truncation, and every character in every way */
export function compileMutilated(count: number, seed: number): FilesResult {
  const files = ruleFiles();
  const crashes: string[] = [];
  let tried = 0;
  let slowest = 0;
  const slowestWhole = Math.max(...files.map((file) => timed(file, file.text, crashes)));
  for (const { file, text } of Number.isFinite(count) ? some(files, count, seed) : all(files)) {
    tried += 1;
    slowest = Math.max(slowest, timed(file, text, crashes));
  }
  return { tried, crashes, slowest, slowestWhole };
}

function ruleFiles(): readonly RuleFile[] {
  const projects = globSync("*.json", { cwd: CORPUS }).sort();
  const rules = projects.flatMap((name) => {
    const { files } = JSON.parse(readFileSync(join(CORPUS, name), "utf8")) as { files: Record<string, unknown> };
    return Object.entries(files).filter(([path]) => path.startsWith("rules/"));
  });
  const every = rules.length / FILES;
  return rules
    .filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every))
    .map(([path, rule]) => ({ path, text: JSON.stringify(rule, null, 2) }));
}

function* all(files: readonly RuleFile[]): Generator<Mutilation> {
  for (const file of files) {
    for (let at = 0; at < file.text.length; at += 1) {
      yield { file, text: file.text.slice(0, at) };
      for (const odd of ODD) yield { file, text: file.text.slice(0, at) + odd + file.text.slice(at + 1) };
    }
  }
}

function* some(files: readonly RuleFile[], count: number, seed: number): Generator<Mutilation> {
  const random = createRandom(seed);
  for (let made = 0; made < count; made += 1) {
    const file = files[random.below(files.length)] ?? { path: "", text: "" };
    const at = random.below(file.text.length);
    const odd = ODD[random.below(ODD.length + 1)];
    yield { file, text: odd === undefined ? file.text.slice(0, at) : file.text.slice(0, at) + odd + file.text.slice(at + 1) };
  }
}

/** Milliseconds that it took. */
function timed({ path }: RuleFile, text: string, crashes: string[]): number {
  const files: RuleFiles = { rules: [{ path, text }], conditions: [], templates: [], values: [] };
  const began = performance.now();
  try {
    const { ruleSet, problems } = compileRules(files, CATALOGUE);
    const took = performance.now() - began;
    const isRefused = problems.some(({ severity }) => severity === "error");
    const mute = problems.find(({ place, message }) => place.line * place.column < 1 || /undefined|\[object|NaN/.test(message));
    if ((ruleSet === undefined) !== isRefused) crashes.push(`Neither a rule nor problems:\n${text}`);
    else if (mute !== undefined) crashes.push(`${mute.code} ${mute.message}:\n${text}`);
    return took;
  } catch (error) {
    crashes.push(`${String(error)}:\n${text}`);
    return 0;
  }
}
