import { expect, test } from "vitest";
import { decodeMutated } from "./fuzz/decoders.ts";
import { compileMutilated } from "./fuzz/files.ts";
import { ORACLES } from "./fuzz/oracles.ts";
import { fuzz } from "./fuzz/run.ts";

test.each(ORACLES.map((oracle) => [oracle.name, oracle] as const))(
  "conditions mean what they mean to %s",
  async (_, oracle) => {
    const told: string[] = [];
    const { count, differences } = await fuzz(oracle, { count: 60_000, seed: 20_260_506, tell: (text) => told.push(text) });
    expect(told).toEqual([]);
    expect(differences).toBe(0);
    expect(count).toBeGreaterThanOrEqual(60_000);
  },
  180_000,
);

test("a rule file that was cut short, or of which one character is another, is a rule or problems", () => {
  const { tried, crashes } = compileMutilated(8_000, 20_260_506);
  expect(crashes).toEqual([]);
  expect(tried).toBe(8_000);
}, 180_000);

test("a record of which places are something else is change events that are well-formed, or refused in words that hold nothing of it", () => {
  const { tried, events, refused, defects } = decodeMutated(10_000, 20_260_506);
  expect(defects).toEqual([]);
  expect(tried).toBe(10_000);
  expect(Math.min(events, refused)).toBeGreaterThan(2_000);
}, 180_000);
