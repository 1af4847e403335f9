import fc from "fast-check";
import { expect, it } from "vitest";
import { loadProject } from "@backstitch/project";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT, folderOf, good, linesOf, serviceWith, tables } from "./support/project.ts";

const files: Readonly<Record<string, string>> = {
  "backstitch.json": JSON.stringify({
    ...JSON.parse(good["backstitch.json"]),
    journal: { type: "sqlite", path: "x.db", maxBytes: "1GB" },
    defaults: { retry: { attempts: 3, firstDelay: "1s", longestDelay: "1m" }, deadline: "10s", concurrency: 4 },
    connectors: { slack: "./slack.mjs" },
  }),
  "services/text.json": String(
    serviceWith(
      { port: { $env: "PORT" }, headers: { a: { $secret: "SMS_TOKEN" } }, senders: ["x"] },
      { guards: [{ name: "all", actions: ["send"], when: { "args.to": { $regex: "^x" } } }] },
    )["services/text.json"],
  ),
  "rules/late.json": good["rules/late.json"],
  "conditions/vip.json": '{"after.vip": true}',
  "values/buyers.json": '{"one": "+15005550006"}',
  "templates/a.liquid": "{{ after.name }}",
  ".env": "PORT=80\nOTHER='x'",
};

/** What people and editors do to a file: cut, repeat, swap a token for another, put in something odd. */
const mutation = fc.record({
  file: fc.constantFrom(...Object.keys(files)),
  at: fc.nat(400),
  length: fc.nat(30),
  put: fc.oneof(
    fc.constantFrom(
      "",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "null",
      "1e999",
      "-0",
      "{}",
      "[]",
      '"$env"',
      '"$secret"',
      '"__proto__"',
      "\u0000",
      "\ud800",
      "// x",
      "99999999999999999999",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
  ),
});

function mutated(text: string, { at, length, put }: { at: number; length: number; put: string }): string {
  const start = at % (text.length + 1);
  return text.slice(0, start) + put + text.slice(start + length);
}

/** Every value in a JSON text in turn replaced by an odd one: files that are JSON, and wrong. */
const odd = [null, true, 0, -1, 1e21, "", "x", [], {}, [[]], { $env: "PORT" }, { $secret: "SMS_TOKEN" }, { $env: 5 }, { $secret: "" }];

function* replaced(value: unknown): Generator {
  yield* odd;
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    for (const other of replaced(item)) {
      const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
      yield Object.assign(copy, { [key]: other });
    }
  }
}

async function survives(folder: string): Promise<void> {
  const loaded = await loadProject(folder, tables, ENVIRONMENT);
  expect(loaded.project === undefined).toBe(loaded.problems.some(({ severity }) => severity === "error"));
  const lines = linesOf(loaded).join("\n");
  expect(lines).not.toContain("hunter2-canary");
  expect(lines).not.toContain("undefined");
  for (const { place } of loaded.problems) expect([place.line > 0, place.column > 0]).toEqual([true, true]);
}

it("never throws for files that were mangled", { timeout: 120_000 }, async () => {
  const folder = folderOf(files);
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const changed = { ...files };
      for (const one of mutations) changed[one.file] = mutated(changed[one.file] ?? "", one);
      for (const [name, text] of Object.entries(changed)) writeFileSync(join(folder, name), text);
      await survives(folder);
    }),
    { numRuns: 200 },
  );
});

it.each(["backstitch.json", "services/text.json", "rules/late.json", "conditions/vip.json", "values/buyers.json"])(
  "never throws for %s with any value replaced by another",
  { timeout: 120_000 },
  async (name) => {
    const folder = folderOf(files);
    for (const value of replaced(JSON.parse(files[name] ?? ""))) {
      writeFileSync(join(folder, name), JSON.stringify(value));
      await survives(folder);
    }
  },
);

it("never throws for a file that is gone", async () => {
  for (const name of Object.keys(files)) {
    const folder = folderOf(files);
    rmSync(join(folder, name));
    await survives(folder);
  }
});
