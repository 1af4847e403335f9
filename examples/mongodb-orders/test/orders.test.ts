import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tables } from "@backstitch/cli";
import { loadProject, loadTests } from "@backstitch/project";
import { runRuleTests } from "@backstitch/rules/rule-test";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");
const environment = {
  MONGODB_URL: "mongodb://localhost/?replicaSet=rs0",
  JOURNAL_PATH: ".backstitch/journal.db",
  TWILIO_ACCOUNT_SID: "AC1",
  TWILIO_AUTH_TOKEN: "a-token",
  TWILIO_FROM: "+15005550006",
  TWILIO_BASE_URL: "https://api.twilio.com",
  WAREHOUSE_URL: "https://warehouse.example.com",
};

test("what the README shows arrives, and nothing else", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "run.ts")]);
  expect(stderr).toBe("");
  // Two orders are two lanes: neither waits for the other.
  expect(
    stdout
      .replace(/[0-9a-f]{24}/, "ID")
      .split("\n")
      .toSorted(),
  ).toEqual([
    "",
    "mail to ada@example.com: Order 1001: Thank you, Ada. We have received 1250.50 EUR.",
    "mail to ada@example.com: Order 1002: Thank you, Ada. We have received 9.90 EUR.",
    "text to +15005550010: Order 1001 is on its way.",
    'warehouse: POST /deleted/ID {"number":1002,"items":["gadget"]}',
  ]);
});

test("backstitch check has nothing to say of it", async () => {
  const { problems } = await loadProject(folder, tables, environment, { analysis: {} });
  expect(problems).toEqual([]);
});

test("its rules have tests, which pass and decide every condition", async () => {
  const { tested } = await loadTests(folder, tables, {});
  if (tested === undefined) throw new Error("it has problems");
  const { results, untested, uncovered } = await runRuleTests(tested);
  expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
  expect({ tests: results.length, untested, uncovered }).toEqual({ tests: 7, untested: [], uncovered: [] });
});
