import { expect, test, vi } from "vitest";
import { backstitch, start } from "./support/backstitch.ts";
import { httpService, request, rule, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const FILES: Files = {
  "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
  "services/sink.json": httpService("http://127.0.0.1:9"),
  "rules/items.json": rule("item", request("/items", {})),
};

const LIMITS: readonly (readonly [limit: string, says: string])[] = [
  ["0", "It must be at least 1."],
  ["99999999999999999999", "It must be a whole number of at most 15 digits."],
];
test.each(LIMITS)("deliveries list --limit %s is refused in a sentence", async (limit, says) => {
  await using project = await writeProject(FILES);
  await backstitch(["run", "--port", "0", "-p", project.folder]);
  const { code, stderr } = await backstitch(["deliveries", "list", "--limit", limit, "-p", project.folder]);
  expect(code).toBe(1);
  expect(stderr).toContain(`error: option '--limit <number>' argument '${limit}' is invalid. ${says}\n`);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("the status of an IPv6 address is a URL", async () => {
  await using project = await writeProject(FILES);
  await using run = start(["run", "--host", "::1", "--port", "0", "-p", project.folder]);
  const url = await until(() => /"status":"(.*?)"/.exec(run.stdout())?.[1], { otherwise: () => run.stderr() });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
});
