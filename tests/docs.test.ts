import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { tables } from "@backstitch/cli";
import type { JsonSchema } from "@backstitch/core/connector";
import { formatProblem } from "@backstitch/core/rules";
import type { ChangeEvent } from "@backstitch/core/source";
import { loadProject, loadTests, validate } from "@backstitch/project";
import { runRuleTests } from "@backstitch/rules/rule-test";
import { jsonlSource } from "@backstitch/sources/jsonl";
import { describe, expect, onTestFinished, test } from "vitest";
import { anchorsOf, blocksOf, linksOf, PAGES, ROOT, type Block } from "./support/markdown.ts";

/** What is there where a page says nothing else. */
const BASE: Readonly<Record<string, string>> = {
  "backstitch.json": '{"sources": {"shop": {"type": "postgres", "connectionString": {"$secret": "DATABASE_URL"}}}}',
  "services/sms.json": '{"connector": "twilio", "config": {"accountSid": "AC1", "authToken": {"$secret": "TWILIO_AUTH_TOKEN"}}}',
  "services/mail.json": '{"connector": "ses", "config": {"region": "eu-central-1"}}',
  "services/archive.json": '{"connector": "s3", "config": {"region": "eu-central-1", "bucket": "shop-archive"}}',
  "services/bus.json": '{"connector": "eventbridge", "config": {"region": "eu-central-1"}}',
  "services/hook.json": '{"connector": "http", "config": {"baseUrl": "https://hooks.example.com"}}',
  "rules/base.json":
    '{"on": {"source": "shop", "collection": "t"}, "then": [{"service": "hook", "action": "request", "with": {"path": "x"}}]}',
};
/** Values that must have a form; every other name is set to some text. */
const ENVIRONMENT: Readonly<Record<string, string>> = { TWILIO_ACCOUNT_SID: "AC1", AWS_REGION: "eu-central-1" };
/** Beside the files of a project, what a JSON block may be. */
const OTHERS = ["when", "event.json", "iam-policy.json"];
const FILE = /^(?:backstitch\.json|\.env|(?:rules|services|conditions|templates|values|collections|webhooks)\/[\w./-]+)$/;

/** By the folder, or the one file, that each is for. */
const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  "backstitch.json": published("project/schema/backstitch.json"),
  rules: published("rules/schema/rule.json"),
  "rule tests": published("rules/schema/rule-test.json"),
  services: published("project/schema/service.json"),
  collections: published("rules/schema/collection.json"),
  webhooks: published("project/schema/webhook.json"),
};

describe.each(PAGES)("%s", (page) => {
  test("every JSON block says which file it is, or that it is a part of one", () => {
    const unmarked = blocksOf(page).filter(({ language, about }) => language === "json" && !FILE.test(about) && !OTHERS.includes(about));
    expect(unmarked).toEqual([]);
  });

  test("its files make a project without problems, which editors underline nowhere", async () => {
    const files = filesOf(blocksOf(page));
    const folder = folderOf({ ...BASE, ...files });
    const { problems } = await loadProject(folder, { ...tables, resolve: thirdParty }, environmentOf(files));
    expect(problems.map(formatProblem)).toEqual([]);
    for (const [name, text] of Object.entries(files)) expect([name, faultsIn(name, text)]).toEqual([name, []]);
  });

  test("its rules' tests pass", async () => {
    const folder = folderOf({ ...BASE, ...filesOf(blocksOf(page)) });
    const { tested } = await loadTests(folder, { ...tables, resolve: thirdParty }, {});
    if (tested === undefined) throw new Error("it has problems");
    const { results } = await runRuleTests(tested);
    expect(results.filter(({ differences }) => differences.length > 0)).toEqual([]);
    expect(results.length > 0).toBe(Object.keys(filesOf(blocksOf(page))).some((name) => name.endsWith(".test.json")));
  });

  test("its JSON lines are change events", async () => {
    for (const { text } of blocksOf(page).filter(({ language }) => language === "jsonl")) {
      const events: ChangeEvent[] = [];
      const accept = async (batch: { readonly events: readonly ChangeEvent[] }): Promise<void> => void events.push(...batch.events);
      const source = jsonlSource({ name: "lines", input: { stream: Readable.from([Buffer.from(text)]) } });
      await source.read(new Map(), accept, new AbortController().signal);
      expect(events).toHaveLength(text.trim().split("\n").length);
    }
  });

  test("its TypeScript is that of the example", () => {
    for (const { about, text } of blocksOf(page).filter(({ language, about: file }) => language === "ts" && file.endsWith(".ts")))
      expect(readFileSync(join(ROOT, "examples/custom-connector", about), "utf8")).toContain(text);
  });

  test("its links lead somewhere", () => {
    const broken = linksOf(page).filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });
});

test("nothing that is generated is stale", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/generate.ts", "--check"], { cwd: ROOT, encoding: "utf8" });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
});

describe("schemas for editors", () => {
  const examples = globSync("examples/*/{backstitch.json,{rules,services}/**/*.json}", { cwd: ROOT }).filter(
    (file) => !file.includes("node_modules"),
  );

  test("no rule of the compiler's own cases is underlined", () => {
    const cases = globSync("packages/rules/cases/*.json", { cwd: ROOT }).flatMap((file) => {
      const read = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as { cases: { name: string; rule?: object; when?: unknown }[] };
      return read.cases.map(({ name, rule: whole, when }) => ({
        name: `${file} ${name}`,
        content: whole ?? rule(when === undefined ? {} : { when }),
      }));
    });
    expect(cases.length).toBeGreaterThan(300);
    const underlined = cases.filter(({ content }) => faultsIn("rules/a.json", JSON.stringify(content)).length > 0);
    expect(underlined.map(({ name }) => name)).toEqual([]);
  });

  test.each(examples)("%s has nothing underlined", (file) => {
    expect(faultsIn(file.split("/").slice(2).join("/"), readFileSync(join(ROOT, file), "utf8"))).toEqual([]);
  });

  test.each([
    ["an operator that is none", "rules/a.json", rule({ when: { "after.x": { $gtee: 1 } } }), "when.after.x"],
    ["a name that a path cannot begin with", "rules/a.json", rule({ when: { afterr: 1 } }), "when"],
    ["an operator nested in a list", "rules/a.json", rule({ when: { $or: [{ "after.x": { $exist: true } }] } }), "when.$or.0.after.x"],
    ["a fact that is none", "rules/a.json", rule({ when: { all: [{ fact: "row", operator: "equal", value: 1 }] } }), "when.all.0.fact"],
    ["a limit that is none", "rules/a.json", rule({ limits: { totl: "1 per 1h" } }), "limits"],
    ["a key that a test's event does not have", "rules/a.test.json", ruleTest({ event: { aftr: {} }, none: "because" }), "tests.0.event"],
    ["a test that does not say what must happen", "rules/a.test.json", ruleTest({ event: {} }), "tests.0"],
    ["a test without an event", "rules/a.test.json", ruleTest({ none: "because" }), "tests.0"],
    ["a test of nothing and something", "rules/a.test.json", ruleTest({ event: {}, none: "because", deliveries: [] }), "tests.0"],
    ["a secret in plain", "services/a.json", service({ accountSid: "AC1", authToken: "hunter2" }), "config.authToken"],
    ["a secret by $env", "services/a.json", service({ accountSid: "AC1", authToken: { $env: "TOKEN" } }), "config.authToken"],
    [
      "a field that the connector does not have",
      "services/a.json",
      service({ accountSid: "AC1", authToken: { $secret: "T" }, form: "+1" }),
      "config",
    ],
    ["a service without what its connector needs", "services/a.json", { connector: "twilio" }, ""],
    [
      "a limit of a unit that the connector does not have",
      "services/a.json",
      { connector: "http", config: { baseUrl: "https://a.example" }, limits: { segments: "1 per 1s" } },
      "limits",
    ],
    [
      "a connection string in plain",
      "backstitch.json",
      { sources: { shop: { type: "postgres", connectionString: "postgres://a" } } },
      "sources.shop.connectionString",
    ],
    ["a jsonl source without a path", "backstitch.json", { sources: { lines: { type: "jsonl" } } }, "sources.lines"],
  ])("%s is underlined", (_, file, content, place) => {
    expect(faultsIn(file, JSON.stringify(content)).map((fault) => fault.split(": ")[0])).toContain(place);
  });

  test.each([
    ["another's connector", "services/a.json", { connector: "slack", config: { anything: [1] } }],
    ["$env where a value stands", "services/a.json", service({ accountSid: { $env: "SID" }, authToken: { $secret: "T" } })],
    [
      "$env for a number of bytes",
      "backstitch.json",
      { sources: { shop: { type: "other", x: 1 } }, journal: { maxBytes: { $env: "MOST" } } },
    ],
    ["a test of failures beside deliveries", "rules/a.test.json", ruleTest({ event: {}, deliveries: [], failures: [{ code: "X" }] })],
    ["a literal object", "rules/a.json", rule({ when: { "after.x": { a: 1 }, 'after["a.b"]': null, key: { $literal: { $a: 1 } } } })],
  ])("%s is not underlined", (_, file, content) => {
    expect(faultsIn(file, JSON.stringify(content))).toEqual([]);
  });
});

function published(file: string): JsonSchema {
  return JSON.parse(readFileSync(join(ROOT, "packages", file), "utf8")) as JsonSchema;
}

function rule(more: object): object {
  return { on: { source: "shop", collection: "t" }, then: [{ service: "sms", action: "send" }], ...more };
}

function ruleTest(more: object): object {
  return { tests: [{ name: "a", ...more }] };
}

function service(config: object): object {
  return { connector: "twilio", config };
}

/** What an editor underlines in a file, as `path: sentence`. */
function faultsIn(file: string, text: string): readonly string[] {
  const schema = SCHEMAS[file.endsWith(".test.json") ? "rule tests" : (file.split("/")[0] ?? "")];
  if (schema === undefined) return [];
  return validate(schema)(JSON.parse(text)).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/** The files that a page shows; a `when` alone becomes a rule. */
function filesOf(blocks: readonly Block[]): Readonly<Record<string, string>> {
  const whole = blocks.filter(({ about }) => FILE.test(about)).map(({ about, text }) => [about, text] as const);
  const parts = blocks
    .filter(({ language, about }) => language === "json" && about === "when")
    .map(({ text }, index) => [`rules/part-${index}.json`, JSON.stringify(ruleWith(text))] as const);
  const names = whole.map(([name]) => name);
  expect(names).toEqual([...new Set(names)]);
  return Object.fromEntries([...whole, ...parts]);
}

function ruleWith(when: string): object {
  const then = [{ service: "hook", action: "request", with: { path: "x" } }];
  return { on: { source: "shop", collection: "t" }, when: JSON.parse(when) as unknown, then };
}

/** Every name that the files refer to is set. */
function environmentOf(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.values({ ...BASE, ...files }).flatMap((text) =>
    [...text.matchAll(/"\$(?:env|secret)": *"(\w+)"/g)].map(([, name = ""]) => name),
  );
  return Object.fromEntries(named.map((name) => [name, ENVIRONMENT[name] ?? (name.endsWith("_URL") ? "https://example.com" : "set")]));
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "backstitch-docs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A third party's connector that a page names need not be installed here. */
async function thirdParty(): Promise<unknown> {
  const { http } = await import("@backstitch/connectors/http");
  return { slack: { ...http, type: "slack", config: { type: "object" } } };
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}
