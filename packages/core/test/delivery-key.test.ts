import { createHash } from "node:crypto";
import { deliveryId, deliveryKey, formatProblem, laneId } from "@backstitch/core/rules";
import { expect, test } from "vitest";

test("a delivery's id is 26 base32 characters of the SHA-256 of its key", () => {
  const id = deliveryId(deliveryKey("e", "r", "t"));
  expect(id).toMatch(/^[a-z2-7]{26}$/);
  expect(id).toBe(referenceBase32("e/r/t"));
  expect(deliveryKey("e", "r", "t", 0, 2)).toBe("e/r/t/0/2");
});

test("a lane's id does not show the row's key, and parts do not run into each other", () => {
  expect(laneId("a", "b", "c", "ada@example.com")).toMatch(/^[a-z2-7]{26}$/);
  expect(laneId("a", "bc", "d", null)).not.toBe(laneId("ab", "c", "d", null));
  expect(laneId("a", "b", "c", null)).not.toBe(laneId("a", "b", "c", "null"));
});

test("a problem is a sentence with an address", () => {
  const place = { file: "rules/late.json", line: 4, column: 29 };
  const problem = { place, code: "RULE_OPERATOR_UNKNOWN", message: 'There is no operator "$gtee".', remedy: 'Did you mean "$gte"?' };
  expect(formatProblem({ ...problem, severity: "error" })).toBe(
    'rules/late.json:4:29 RULE_OPERATOR_UNKNOWN There is no operator "$gtee".\n  Did you mean "$gte"?',
  );
});

/** Another way to the same text: the 128 bits as one number, padded to 130. */
function referenceBase32(text: string): string {
  const number = BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 32)}`) << 2n;
  return Array.from(
    { length: 26 },
    (_, index) => "abcdefghijklmnopqrstuvwxyz234567"[Number((number >> BigInt(125 - 5 * index)) & 31n)],
  ).join("");
}
