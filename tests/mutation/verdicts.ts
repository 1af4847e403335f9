import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { MutantResult, MutantStatus } from "@stryker-mutator/api/core";

/** How many mutants ended how; the score is what was noticed, of all that could be, in per cent. */
export interface Score {
  readonly score: number;
  readonly killed: number;
  readonly survived: number;
  readonly timeout: number;
  readonly noCoverage: number;
  /** What runs as a module is loaded is not tried. */
  readonly ignored: number;
  /** Those that are not in the sample. */
  readonly left: number;
}

/** Mutants are numbered in the order in which they stand: a sample is every third, say. */
export function isInSample(id: string, sample: number): boolean {
  return Number(id) % sample === 0;
}

export function scoreOf(mutants: readonly MutantResult[], sample: number): Score {
  const tried = mutants.filter(({ id }) => isInSample(id, sample));
  const count = (wanted: MutantStatus): number => tried.filter(({ status }) => status === wanted).length;
  const [killed, survived, timeout, noCoverage] = [count("Killed"), count("Survived"), count("Timeout"), count("NoCoverage")];
  const score = (100 * (killed + timeout)) / (killed + timeout + survived + noCoverage);
  const left = mutants.length - tried.length;
  return { score: Number(score.toFixed(2)), killed, survived, timeout, noCoverage, ignored: count("Ignored"), left };
}

/** A line for each mutant that no test noticed: its place, what was there and what was written for it. */
export function survivorLines(mutants: readonly MutantResult[]): string {
  return mutants
    .filter(({ status }) => status === "Survived" || status === "NoCoverage")
    .map((mutant) => {
      const { fileName, location, mutatorName, replacement, status } = mutant;
      const place = `${relative(process.cwd(), fileName)}:${location.start.line}:${location.start.column}`;
      return `${place} ${status} ${mutatorName}: ${onOneLine(originalOf(mutant))} → ${onOneLine(replacement ?? "")}\n`;
    })
    .join("");
}

function originalOf({ fileName, location: { start, end } }: MutantResult): string {
  const lines = readFileSync(fileName, "utf8")
    .split("\n")
    .slice(start.line - 1, end.line);
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === lines.length - 1 ? end.column - 1 : undefined))
    .join("\n");
}

function onOneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
