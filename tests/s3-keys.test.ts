import { expect, test } from "vitest";
import { backstitch } from "./support/backstitch.ts";
import { rule, writeProject } from "./support/project.ts";

test("keys that are written in rules are checked with them", async () => {
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/archive.json": { connector: "s3", config: { region: "eu-central-1", bucket: "archive" } },
    "rules/put.json": rule("item", { service: "archive", action: "put", with: { key: "a/../b", body: "x" } }),
    "rules/delete.json": rule("item", { service: "archive", action: "delete", with: { key: "é".repeat(513) } }),
    "rules/copy.json": rule("item", { service: "archive", action: "copy", with: { from: "/a", key: "b" } }),
    "rules/append.json": rule("item", { service: "archive", action: "append", with: { prefix: "a//", record: { n: 1 } } }),
    "rules/fine.json": rule("item", { service: "archive", action: "append", with: { prefix: "a/", record: { n: 1 } } }),
  });
  const { code, stdout, stderr } = await backstitch(["check", "--project", project.folder]);
  expect(code).not.toBe(0);
  const said = stdout + stderr;
  expect(said).toMatch(/rules\/put\.json:\d+:\d+ RULE_ARGUMENT_VALUE_INVALID "key" has a part "\." or "\.\."/);
  expect(said).toMatch(/rules\/delete\.json:\d+:\d+ RULE_ARGUMENT_VALUE_INVALID "key" is longer than 1024 bytes/);
  expect(said).toMatch(/rules\/copy\.json:\d+:\d+ RULE_ARGUMENT_VALUE_INVALID "from" begins with a slash/);
  expect(said).toMatch(/rules\/append\.json:\d+:\d+ RULE_ARGUMENT_VALUE_INVALID "prefix" has an empty part/);
  expect(said).not.toContain("rules/fine.json");
});
