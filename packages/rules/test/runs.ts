/** How often something random is tried, or how many: all of `usual`, or the share of it in `RUNS_SHARE`. A mutation run repeats the tests thousands of times. */
export function runs(usual: number): number {
  return Math.ceil(usual * Number(process.env["RUNS_SHARE"] ?? 1));
}
