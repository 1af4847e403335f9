import { expect, test, vi } from "vitest";

test("whoever tests a connector needs no fast-check: only the suite of journals has properties", async () => {
  vi.doMock("fast-check", () => {
    throw new Error("It is not installed.");
  });
  const testing = await import("@backstitch/core/testing");
  expect(Object.keys(testing)).toContain("describeConnector");
});
