import { availableParallelism } from "node:os";

/** One figure of a benchmark: ours and the peer's, measured in the same run. */
export interface BenchLine {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  readonly goal: number;
  /** Whether more is better: then ours / peer must reach the goal, else it must stay below. */
  readonly better: "more" | "less";
}

/** Prints the figure as one JSON object. */
export function printLine({ name, ours, peer, unit, goal, better }: BenchLine): void {
  const ratio = ours / peer;
  const met = better === "more" ? ratio >= goal : ratio <= goal;
  console.log(JSON.stringify({ name, ours: round(ours), peer: round(peer), ratio: round(ratio), unit, goal, met }));
}

/** Prints what ours has more than the peer, where that and no share of the peer's is held against the goal. */
export function printAdded({ name, ours, peer, unit, goal }: Omit<BenchLine, "better">): void {
  const added = ours - peer;
  console.log(JSON.stringify({ name, ours: round(ours), peer: round(peer), added: round(added), unit, goal, met: added <= goal }));
}

/** Prints a figure that is held against a number, where there is no peer. */
export function printFigure({ name, value, unit, goal, better }: Omit<BenchLine, "ours" | "peer"> & { readonly value: number }): void {
  const met = better === "more" ? value >= goal : value <= goal;
  console.log(JSON.stringify({ name, value: round(value), unit, goal, met }));
}

/** The last line of every benchmark: what it ran on. */
export function printMachine(): void {
  console.log(JSON.stringify({ cores: availableParallelism(), node: process.version }));
}

export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** @param share From 0 to 1. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function round(number: number): number {
  return Number(number.toPrecision(4));
}
