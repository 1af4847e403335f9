import { expect, test } from "vitest";
import { fuzzDatabase } from "./fuzz/gateway/database.ts";
import { fuzzDecisions } from "./fuzz/gateway/decisions.ts";
import { fuzzFilters } from "./fuzz/gateway/filters.ts";

const SEED = 20_261_126;

test("what somebody may read and write is what a plain reading of the procedure says", () => {
  const told: string[] = [];
  const { count, differences } = fuzzDecisions({ count: 40_000, seed: SEED, tell: (text) => told.push(text) });
  expect(told).toEqual([]);
  expect(differences).toBe(0);
  expect(count).toBeGreaterThanOrEqual(40_000);
}, 180_000);

test("whatever a filter holds, a statement has names of the catalogue, words that are written here and parameters alone", async () => {
  const told: string[] = [];
  const { differences, taken, statements } = await fuzzFilters({ count: 20_000, seed: SEED, tell: (text) => told.push(text) });
  expect(told).toEqual([]);
  expect(differences).toBe(0);
  expect(taken).toBeGreaterThan(8_000);
  expect(statements).toBeGreaterThan(8_000);
}, 180_000);

test("what the database decides is what rules decide over every row, page by page and counted", async () => {
  const told: string[] = [];
  const { differences } = await fuzzDatabase({ count: 400, seed: SEED, tell: (text) => told.push(text) });
  expect(told).toEqual([]);
  expect(differences).toBe(0);
}, 180_000);
