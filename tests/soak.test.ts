import { expect, test } from "vitest";
import { soak } from "./crash/soak.ts";

test("a process that lives through fault after fault loses nothing, and its memory is looked at", { timeout: 240_000 }, async () => {
  const lines: string[] = [];
  const result = await soak({ journal: "sqlite", seconds: 15, seed: 6, tell: (line) => lines.push(line) });
  expect(result.broken).toEqual([]);
  expect(result).toMatchObject({ lost: 0, outOfOrder: 0, repeats: 0, unaccounted: 0 });
  expect(result.faults).toBeGreaterThan(4);
  expect(result.events).toBeGreaterThan(5_200);
  expect(result.resident.early).toBeGreaterThan(50);
  expect(result.resident.late).toBeGreaterThan(50);
  expect(result.resident.most).toBeGreaterThan(50);
  expect(lines[0]).toContain("rows/s at most");
});
