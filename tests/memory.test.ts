import { expect, test } from "vitest";
import { streamRows } from "./memory/stream.ts";

test("rows stream through a running backstitch whose far side is much slower, in bounded memory", { timeout: 120_000 }, async () => {
  const lines: string[] = [];
  const { maxRssMb, events, received } = await streamRows({ rows: 20_000, shape: "narrow", tell: (line) => lines.push(line) });
  expect(events).toBe(20_000);
  expect(received).toBeGreaterThan(0);
  expect(received).toBeLessThan(18_000);
  expect(maxRssMb).toBeGreaterThan(50);
  expect(maxRssMb).toBeLessThan(300);
  expect(lines.at(-1)).toContain("20000 events recorded");
});
