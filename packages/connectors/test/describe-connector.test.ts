import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { defects } from "./support/defective.ts";

/** The conformance suite is worth what it catches: it is run over connectors that are each wrong in one way. */
const failed = new Map<string, string[]>();

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "describe-connector-"));
  const report = join(folder, "report.json");
  const vitest = join(createRequire(import.meta.url).resolve("vitest/package.json"), "..", "vitest.mjs");
  // Of each defective connector only the test that must see its defect.
  const pattern = Object.entries(defects)
    .map(([name, { seenBy }]) => `${name} > connector http > .*${seenBy}`)
    .join("|");
  const args = [vitest, "run", "--config", join(import.meta.dirname, "defects", "vitest.config.ts"), "--testNamePattern", pattern];
  await promisify(execFile)(process.execPath, [...args, "--reporter", "json", "--outputFile", report]).catch(() => {});
  const { testResults } = JSON.parse(await readFile(report, "utf8")) as Report;
  await rm(folder, { recursive: true });
  for (const { status, fullName } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const name = fullName.split(" connector http")[0] ?? "";
    if (status === "failed") failed.set(name, [...(failed.get(name) ?? []), fullName]);
  }
}, 120_000);

test.each(Object.entries(defects))("sees a connector that %s", (name, { seenBy }) => {
  expect(failed.get(name) ?? []).toEqual([expect.stringMatching(new RegExp(seenBy))]);
});
