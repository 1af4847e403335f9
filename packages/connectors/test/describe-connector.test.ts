import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { defects } from "./support/defective.ts";

/** The conformance suite is worth what it catches: it is run over connectors that are each wrong in one way, and over one that is not. */
const ran = new Map<string, Assertion[]>();

interface Assertion {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "describe-connector-"));
  const report = join(folder, "report.json");
  const vitest = join(createRequire(import.meta.url).resolve("vitest/package.json"), "..", "vitest.mjs");
  // Of each defective connector only the test that must see its defect; of the sound one all of these.
  const pattern = Object.entries(defects)
    .map(([name, { seenBy }]) => `(?:${name}|sound) > connector http > .*${seenBy}`)
    .join("|");
  const args = [vitest, "run", "--config", join(import.meta.dirname, "defects", "vitest.config.ts"), "--testNamePattern", pattern];
  await promisify(execFile)(process.execPath, [...args, "--reporter", "json", "--outputFile", report]).catch(() => {});
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
  await rm(folder, { recursive: true });
  for (const assertion of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const name = assertion.fullName.split(" connector http")[0] ?? "";
    if (assertion.status !== "skipped") ran.set(name, [...(ran.get(name) ?? []), assertion]);
  }
}, 120_000);

test.each(Object.entries(defects))("sees a connector that %s, and says so", (name, { seenBy, says }) => {
  const failed = (ran.get(name) ?? []).filter(({ status }) => status === "failed");
  expect(failed.map(({ fullName }) => fullName)).toEqual([expect.stringMatching(new RegExp(seenBy))]);
  expect(failed[0]?.failureMessages.join("\n")).toMatch(new RegExp(says, "s"));
});

test("finds nothing wrong with the one that they all are but for their defects", () => {
  const sound = ran.get("sound") ?? [];
  expect(sound.filter(({ status }) => status !== "passed")).toEqual([]);
  const unseen = Object.values(defects).filter(({ seenBy }) => !sound.some(({ fullName }) => new RegExp(seenBy).test(fullName)));
  expect(unseen.map(({ seenBy }) => seenBy)).toEqual(["finds what an uncertain attempt did", "does what an uncertain attempt did not"]);
  expect(Object.keys(defects).length).toBeGreaterThanOrEqual(20);
});
