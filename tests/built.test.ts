import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { formatProblem, type Matched, type RuleSet } from "@backstitch/core/rules";
import type { Service } from "@backstitch/core/runtime";
import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import { openProject, type OpenProject } from "@backstitch/lambda";
import { loadProject, validate, type Tables } from "@backstitch/project";
import { compileRules, readEvent } from "@backstitch/rules";
import { buildRules } from "@backstitch/rules/build";
import { openRules } from "@backstitch/rules/built";
import { regex } from "@backstitch/rules/built/regex";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ORACLES } from "./fuzz/oracles.ts";
import { CATALOGUE, PLAIN, printed } from "./fuzz/ours.ts";
import { start } from "./support/backstitch.ts";
import { built, bundle, bundleModule } from "./support/bundle.ts";
import { writeProject, type ProjectFolder } from "./support/project.ts";
import { createRandom } from "./support/random.ts";

const execute = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");
const connectors: Tables["connectors"] = {
  eventbridge: async () => (await import("@backstitch/connectors/eventbridge")).eventbridge,
  http: async () => (await import("@backstitch/connectors/http")).http,
  s3: async () => (await import("@backstitch/connectors/s3")).s3,
  ses: async () => (await import("@backstitch/connectors/ses")).ses,
  twilio: async () => (await import("@backstitch/connectors/twilio")).twilio,
};

type Open = (environment?: Readonly<Record<string, string | undefined>>) => OpenProject;
const opened = async (module: string): Promise<Open> => ((await import(module)) as { project: Open }).project;

const SERVICES = {
  "services/mail.json": {
    connector: "ses",
    config: {
      region: { $env: "REGION" },
      from: "shop@example.com",
      endpoint: { $env: "ENDPOINT" },
      accessKeyId: "AKIA",
      secretAccessKey: { $secret: "KEY" },
    },
    limits: { requests: "10 per 1s" },
  },
  "services/hook.json": { connector: "http", config: { baseUrl: { $env: "HOOK_URL" }, bearerToken: { $secret: "TOKEN" } } },
};
const FILES = {
  "backstitch.json": { sources: { orders: { type: "dynamodb-stream" } } },
  "rules/paid.json": {
    on: { source: "orders", collection: "orders" },
    then: [{ service: "mail", action: "send", with: { to: { $path: "after.email" }, subject: "{{ after.name | upcase }}", text: "x" } }],
  },
  ...SERVICES,
};
const GOOD = {
  REGION: "eu-central-1",
  ENDPOINT: "https://ses.example.com",
  KEY: "canary-of-a-key",
  HOOK_URL: "https://h.example.com",
  TOKEN: "canary",
};

let project: ProjectFolder;
let module = "";

beforeAll(async () => {
  project = await writeProject(FILES);
  module = await built(project.folder, "of-a-test");
});
afterAll(() => project[Symbol.asyncDispose]());

describe("the same environment", () => {
  const environments: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    "with nothing set": {},
    "with a secret missing": { ...GOOD, KEY: undefined },
    "with an empty secret": { ...GOOD, TOKEN: "" },
    "with values that are not as they must be": { ...GOOD, REGION: "Frankfurt am Main", ENDPOINT: "ses.example.com", HOOK_URL: "h" },
    "with a secret that is too short for its schema": { ...GOOD, KEY: " " },
  };
  test.each(Object.entries(environments))("%s is wrong in the same words, at the same places", async (_, environment) => {
    const { problems } = await loadProject(project.folder, { connectors, sources: lambdaOnly }, environment);
    const open = await opened(module);
    const wanted = problems.map(formatProblem);
    if (wanted.length === 0) expect(() => open(environment)).not.toThrow();
    else expect(() => open(environment)).toThrow(new Error(`The project has problems.\n${wanted.join("\n")}`));
  });

  test("that is right gives the same services", async () => {
    const [one, other] = [await openProject(project.folder, { connectors, environment: GOOD }), (await opened(module))(GOOD)];
    expect([...other.services.keys()]).toEqual([...one.services.keys()]);
    for (const [name, service] of one.services) {
      const settings = ({ deadlineMs, concurrency, limits, retry }: Service) => ({ deadlineMs, concurrency, limits, retry });
      expect(settings(other.services.get(name) ?? expect.fail())).toEqual(settings(service));
    }
    const wrong = { to: 5, subject: "s", more: 1 };
    const [wanted, faults] = [one, other].map(({ services }) => services.get("mail")?.action("send")?.faults(wrong));
    expect(faults).toEqual(wanted);
    expect(faults?.length).toBeGreaterThan(1);
    expect(other.warnings).toEqual(one.warnings);
  });

  test("is not in the module", async () => {
    const text = await readFile(await built(project.folder, "of-a-test", GOOD), "utf8");
    for (const value of Object.values(GOOD)) expect(text).not.toContain(value);
  });
});

const lambdaOnly = { "dynamodb-stream": { config: { type: "object" as const }, open: () => Promise.reject(new Error("not read")) } };

/** The events of the tests beside an example's rules. */
async function eventsOf(folder: string, rules: RuleSet & { readonly rules: readonly { readonly name: string }[] }): Promise<ChangeEvent[]> {
  const events: ChangeEvent[] = [];
  for (const file of (await readdir(join(folder, "rules"))).filter((name) => name.endsWith(".test.json"))) {
    const { tests } = JSON.parse(await readFile(join(folder, "rules", file), "utf8")) as {
      tests: { event?: Row; events?: readonly Row[] }[];
    };
    const rule = rules.rules.find(({ name }) => name === file.replace(".test.json", ""));
    for (const [index, event] of tests
      .flatMap(({ event, events = [] }): readonly Row[] => (event === undefined ? events : [event]))
      .entries()) {
      const read = readEvent({ path: file, text: JSON.stringify({ id: `${file}-${index}`, ...event }) }, rule as never, validate);
      if (read.event !== undefined) events.push(read.event);
    }
  }
  return events;
}

test("examples/low-stock asks for the same deliveries", async () => {
  const folder = join(ROOT, "examples/low-stock");
  const environment = {
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
    TWILIO_AUTH_TOKEN: "t",
  };
  const database = { properties: { connectionString: { type: "string", secret: true } } } as const;
  const tables = { connectors, sources: { postgres: { ...lambdaOnly["dynamodb-stream"], config: database } } };
  const { project: read } = await loadProject(folder, tables, { ...environment, DATABASE_URL: "postgres://x" });
  const ruleSet = read?.ruleSet ?? expect.fail();
  const events = await eventsOf(folder, ruleSet);
  const { rules } = (await opened(await built(folder, "low-stock")))(environment);
  const wanted = await ruleSet.match(events);
  expect(await rules.match(events)).toEqual(wanted);
  expect(wanted.deliveries.length).toBeGreaterThan(5);
});

describe("random conditions are decided the same", () => {
  test.each(ORACLES.map((oracle) => [oracle.name, oracle] as const))("%s", async (_, oracle) => {
    let matches = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const { whens, conditions, events } = oracle.trial(createRandom(seed));
      const rules = whens.map((when, index) => ({
        path: `rules/${index}.json`,
        text: printed({ on: { source: "shop", collection: "orders" }, when, then: [{ service: "box", action: "put", with: {} }] }),
      }));
      const named = Object.entries(conditions).map(([name, condition]) => ({ path: `conditions/${name}.json`, text: printed(condition) }));
      const files = { rules, conditions: named, templates: [], values: [] };
      const { ruleSet } = compileRules(files, CATALOGUE);
      const { text } = buildRules(files, CATALOGUE, new Map());
      const { rules: other } = openRules(text, { services: CATALOGUE.services as never, links: new Map(), regex });
      const given = events.map((event, index) => ({ ...PLAIN, ...event, id: String(index) }));
      const wanted = await ruleSet?.match(given);
      expect(await other.match(given)).toEqual(wanted);
      matches += (wanted as Matched).deliveries.length;
    }
    expect(matches).toBeGreaterThan(50);
  });
});

describe("what is bundled", () => {
  const FOLDER = join(import.meta.dirname, "bench/lambda");
  const NEVER =
    /node_modules\/(?:ajv\/dist\/(?!runtime\/(?:equal|ucs2length))|jsonc-parser|json-rules-engine|pg|mongodb|twilio|undici|liquidjs|re2js)\b/;

  test("rules and SES: at most 170 kB more than the SDK, and no parser or compiler of anything", async () => {
    const [ours, bare] = await Promise.all([
      built(join(FOLDER, "project"), "size").then((path) => bundle(join(FOLDER, "ours.mjs"), "size-ours", path)),
      bundle(join(FOLDER, "bare.mjs"), "size-bare"),
    ]);
    expect(ours.inputs.filter((path) => NEVER.test(path))).toEqual([]);
    expect(ours.inputs.filter((path) => path.includes("rules/src/match/index"))).toEqual([]);
    expect(ours.inputs.filter((path) => /packages\/connectors\/src\/(?!aws|ses|shared)/.test(path))).toEqual([]);
    expect(Buffer.byteLength(ours.text) - Buffer.byteLength(bare.text)).toBeLessThan(170_000);
    expect(Buffer.byteLength(ours.text)).toBeLessThan(660_000);
  });

  const ENVIRONMENT = {
    SES_ENDPOINT: "http://127.0.0.1:9",
    SES_KEY_ID: "AKIAEXAMPLE",
    SES_KEY: "canary-key-of-forty-characters-0123456789",
  };

  test("as an ES module secrets may be awaited, and what is CommonJS finds Node's own modules", async () => {
    const path = await built(join(FOLDER, "project"), "module");
    const { file } = await bundleModule(join(import.meta.dirname, "bundled/awaits.mjs"), "module-bundle", path);
    const script = `console.log(typeof await (await import(${JSON.stringify(pathToFileURL(file))})).connected())`;
    const { stdout } = await execute(process.execPath, ["--input-type=module", "--eval", script], { env: ENVIRONMENT });
    expect(stdout).toBe("object\n");
  });
});

describe("backstitch build", () => {
  async function run(
    files: object,
    out = "p.mjs",
  ): Promise<{ readonly code: number | null; readonly said: string; readonly wrote: boolean }> {
    await using folder = await writeProject({ ...FILES, ...files });
    await using running = start(["build", "--project", folder.folder, "--out", join(folder.folder, out)]);
    const { code, stdout, stderr } = await running.ended;
    const wrote = (await readdir(folder.folder)).includes(out);
    return { code, said: stdout + stderr, wrote };
  }

  test("says what it wrote", async () => {
    const { code, said, wrote } = await run({});
    expect({ code, wrote }).toEqual({ code: 0, wrote: true });
    expect(said).toMatch(/p\.mjs: 1 rule and 2 services, \d+ kB\./);
    expect(said).toContain('services/mail.json: "limits" are not kept by Lambda');
  });

  test.each([
    [
      "problems, as check prints them",
      { "rules/bad.json": { on: { source: "order" }, then: [] } },
      "rules/bad.json:3:15 RULE_SOURCE_UNKNOWN",
    ],
    [
      "limits that a journal is asked of",
      { "rules/paid.json": { ...FILES["rules/paid.json"], limits: { total: "1 per 1h" } } },
      'rules/paid.json: "limits" of a rule are counted in a journal, and Lambda has none.',
    ],
  ])("writes nothing where there are %s", async (_, files, words) => {
    const { code, said, wrote } = await run(files);
    expect({ code, wrote }).toEqual({ code: 1, wrote: false });
    expect(said).toContain(words);
  });

  test("wants a name that Node takes for an ES module", async () => {
    const { code, said } = await run({}, "p.cjs");
    expect(code).toBe(1);
    expect(said).toContain("an ES module ends with .mjs or .js");
  });

  test("a connector of the project's own is imported from where it is", async () => {
    await using folder = await writeProject({
      ...FILES,
      "backstitch.json": { ...FILES["backstitch.json"], connectors: { note: "./note.mjs" } },
      "note.mjs": `export const kept = { type: "note", summary: "Notes.", config: { type: "object", properties: { into: { type: "string", maxLength: 5 } } },
        connect: () => ({}), actions: { take: { summary: "Takes.", args: { type: "object", properties: { n: { enum: [[1], { a: 1 }] } } }, repeat: "by-nature", run: async () => ({}) } } };`,
      "services/note.json": { connector: "note", config: { into: { $env: "INTO" } } },
      "rules/note.json": { on: { source: "orders", collection: "orders" }, then: [{ service: "note", action: "take", with: {} }] },
    });
    const path = await built(folder.folder, "own-connector");
    const text = await readFile(path, "utf8");
    expect(text).toMatch(/import \{ kept as connector\d \} from "(?:\.\.\/)+.*note\.mjs";/);
    const open = await opened(path);
    expect(() => open({ ...GOOD, INTO: "too long" })).toThrow('"into" has 8 characters; it must have at most 5.');
    const take = open({ ...GOOD, INTO: "short" })
      .services.get("note")
      ?.action("take");
    expect(take?.faults({ n: { a: 1 } })).toEqual([]);
    expect(take?.faults({ n: { a: 2 } })).toHaveLength(1);
  });
});
