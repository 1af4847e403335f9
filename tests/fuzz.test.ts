import { expect, test } from "vitest";
import { ORACLES } from "./fuzz/oracles.ts";
import { fuzz } from "./fuzz/run.ts";

test.each(ORACLES.map((oracle) => [oracle.name, oracle] as const))(
  "conditions mean what they mean to %s",
  async (_, oracle) => {
    const told: string[] = [];
    const { count, differences } = await fuzz(oracle, { count: 200_000, seed: 20_260_506, tell: (text) => told.push(text) });
    expect(told).toEqual([]);
    expect(differences).toBe(0);
    expect(count).toBeGreaterThanOrEqual(200_000);
  },
  180_000,
);
