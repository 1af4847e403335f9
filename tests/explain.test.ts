import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { backstitch, startRun, type Ended } from "./support/backstitch.ts";
import { blocksOf } from "./support/markdown.ts";
import { httpService, request, rule, writeProject, type Files, type ProjectFolder } from "./support/project.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const PHONE = "079 123 45 67";
const SMS = { connector: "twilio", config: { accountSid: "AC1", authToken: { $secret: "SMS_TOKEN" }, from: "+15005550006" } };
const FILES: Files = {
  "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
  "services/sms.json": SMS,
  "rules/sub/item.json": rule(
    "item",
    { service: "sms", action: "send", with: { to: { $path: "after.phone" }, body: "{{ after.note }}" } },
    { when: { "after.q": { $lt: 5 }, "after.phone": { $exists: true }, "after.mail": { $ne: "ada@example.com" } } },
  ),
};
const ROW = { id: 1, q: 7, phone: PHONE, mail: "bob@example.com", note: "x".repeat(500) };

async function explain(project: ProjectFolder, ...args: readonly string[]): Promise<Ended> {
  const ended = await backstitch(["explain", ...args, "-p", project.folder]);
  return { ...ended, stdout: ended.stdout.replaceAll(`${project.folder}/`, ""), stderr: ended.stderr.replaceAll(`${project.folder}/`, "") };
}

test("what docs/rules.md shows is what is printed", async () => {
  const blocks = blocksOf("docs/rules.md");
  const text = (name: string): string => blocks.find(({ about }) => about === name)?.text ?? "";
  const [command = "", ...shown] = (
    blocks.find(({ language, text }) => language === "console" && text.includes("backstitch explain"))?.text ?? ""
  ).split("\n");
  await using project = await writeProject({
    "backstitch.json": { sources: { shop: { type: "postgres", connectionString: { $secret: "DATABASE_URL" } } } },
    "services/sms.json": SMS,
    "services/archive.json": { connector: "s3", config: { region: "eu-central-1", bucket: "shop-archive" } },
    "rules/low-stock.json": text("rules/low-stock.json"),
    "event.json": text("event.json"),
  });
  const [, , ...args] = command.split(" ").slice(1);
  const { code, stdout, stderr } = await explain(project, ...args.map((arg) => (arg === "event.json" ? join(project.folder, arg) : arg)));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n")).toEqual(shown);
});

test("recipients are masked wherever the row holds them, and long values cut, unless they are to be revealed", async () => {
  await using project = await writeProject({ ...FILES, "e.json": { operation: "update", after: ROW } });
  const file = join(project.folder, "e.json");
  for (const format of [[], ["--json"]]) {
    const masked = await explain(project, "sub/item", "--event", file, ...format);
    expect(masked).toMatchObject({ code: 0, stderr: "" });
    expect(masked.stdout).toContain("079•••67");
    for (const secret of [PHONE, "bob@", "ada@", "x".repeat(300)]) expect(masked.stdout).not.toContain(secret);
    const revealed = await explain(project, "rules/sub/item.json", "--event", file, "--reveal", ...format);
    for (const secret of [PHONE, "bob@", "ada@", "x".repeat(500)]) expect(revealed.stdout).toContain(secret);
  }
});

test("a recipient is masked where the row or another argument holds more or less of it than the argument", async () => {
  const send = { service: "sms", action: "send", with: { to: "+{{ after.phone }}", body: "From {{ after.phone }}" } };
  const when = { "after.phone": { $exists: true }, "after.note": { $ne: "" } };
  await using project = await writeProject({
    ...FILES,
    "rules/sub/item.json": rule("item", send, { when }),
    "e.json": { operation: "update", after: { phone: 15005550009, note: "call +15005550009 or 15005550009" } },
  });
  for (const format of [[], ["--json"]]) {
    const { code, stdout } = await explain(project, "sub/item", "--event", join(project.folder, "e.json"), ...format);
    expect(code).toBe(0);
    expect(stdout).toContain("150•••09");
    expect(stdout).not.toContain("5005550009");
  }
});

test("each action is held against the guards of its service, as an attempt would be", async () => {
  const guards = [
    { name: "home", actions: ["send"], when: { "args.to": { $regex: "^\\+1" } } },
    { name: "tests", actions: ["send"], when: { "args.to": "+4930", "args.body": "test" } },
  ];
  const send = (name: string, to: string) => ({ name, service: "sms", action: "send", with: { to, body: "b" } });
  const then = [send("near", "+1{{ after.id }}"), send("abroad", "+49{{ after.id }}")];
  await using project = await writeProject({
    ...FILES,
    "services/sms.json": { ...(FILES["services/sms.json"] as object), guards },
    "rules/sub/item.json": { on: { source: "shop", collection: "item" }, then },
    "e.json": { after: { id: 5005550009 } },
  });
  const file = join(project.folder, "e.json");
  const { code, stdout } = await explain(project, "sub/item", "--event", file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/near +\{.*\n +✓ guard +"home"\n/);
  const denied =
    'None of the guards that list "send" permits these arguments: "home" (args.to $regex); "tests" (args.to $eq, args.body $eq).';
  expect(stdout).toContain(`✗ guard  GUARD_DENIED ${denied}`);
  const { stdout: json } = await explain(project, "sub/item", "--event", file, "--json");
  const explained = JSON.parse(json) as { then: readonly { parts: readonly object[] }[] };
  expect(explained.then.map(({ parts }) => parts)).toMatchObject([[{ guard: { by: "home" } }], [{ guard: { deniedBecause: denied } }]]);
});

test("--json prints one object for programs", async () => {
  await using project = await writeProject({ ...FILES, "e.json": { collection: "other", after: ROW } });
  const { stdout } = await explain(
    project,
    join(project.folder, "rules/sub/item.json"),
    "--event",
    join(project.folder, "e.json"),
    "--json",
  );
  const explanation = JSON.parse(stdout) as { on: readonly object[]; when: { parts: readonly object[] } };
  expect(explanation).toMatchObject({
    rule: "sub/item",
    eventId: "1",
    matches: false,
    nearestMiss: { changes: [{ test: 1, from: "false", to: "true" }], smallest: true },
  });
  expect(explanation.on).toContainEqual({ what: "collection", fits: false, expected: ["item"], actual: "other" });
  expect(explanation.when.parts[0]).toMatchObject({
    operator: "$lt",
    verdict: "false",
    decided: true,
    test: { number: 1, path: "after.q", expected: 5, actual: 7 },
  });
});

const MISTAKES: readonly (readonly [name: string, event: string | undefined, args: readonly string[], says: string])[] = [
  ["a broken event", '{\n  "after": {', ["sub/item", "--event"], "e.json:2:13 JSON_SYNTAX A closing brace is missing here.\n1 problem.\n"],
  ["a key that no event has", '{\n  "afer": {} }', ["sub/item", "--event"], 'e.json:2:3 EVENT_KEY_UNKNOWN There is no key "afer"'],
  ["no such file", undefined, ["sub/item", "--event"], 'The event "e.json" cannot be read: ENOENT'],
  ["no such rule", "{}", ["sub/itme", "--event"], 'There is no rule "sub/itme". Did you mean "sub/item"?\n'],
  ["no event at all", "{}", ["sub/item"], "Name one event: its id in the journal, or a file by --event.\n"],
  ["no journal yet", "{}", ["sub/item", "1/2"], 'There is no journal at ".backstitch/journal.db"'],
];
test.each(MISTAKES)("%s: a sentence", async (_name, event, args, says) => {
  await using project = await writeProject({ ...FILES, ...(event === undefined ? {} : { "e.json": event }) });
  const whole = args.at(-1) === "--event" ? [...args, join(project.folder, "e.json")] : args;
  const { code, stdout, stderr } = await explain(project, ...whole);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain(says);
  expect(stderr).not.toMatch(/^\s+at /m);
});

const LINES = [
  { id: "low", operation: "insert", collection: "item", after: { id: 1, q: 2 } },
  { id: "high", operation: "update", collection: "item", before: { id: 1, q: 2 }, after: { id: 1, q: 9 } },
].map((line) => `${JSON.stringify(line)}\n`);

test.each([
  ["matched", 0],
  ["all", 0],
  ["none", 1],
] as const)(
  "an event of the journal is explained by its id; one that matched nothing where journal.events is %s: exit code %i",
  async (events, code) => {
    await using project = await writeProject({
      "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } }, journal: { events } },
      "services/sink.json": httpService("http://127.0.0.1:9", { retry: { attempts: 1 } }),
      "rules/low.json": rule("item", request("/low", "x"), { when: { "after.q": { $lt: 5 } } }),
    });
    await using run = startRun(project.folder);
    run.feed(LINES.join(""));
    await run.ended;
    const matched = await explain(project, "low", "low");
    expect(matched.stdout).toMatch(/^✓ low matches event low\.\n/);
    const high = await explain(project, "low", "high");
    expect(high.code).toBe(code);
    if (code === 0) expect(high.stdout).toContain("it would match if after.q $lt 5 were true (is 9).");
    else
      expect(high.stderr).toBe(
        'The journal keeps no event "high". Which events it keeps is what "journal.events" of backstitch.json says.\n',
      );
  },
);

test("where not every recipient is known, the row shows nothing that could be one", async () => {
  const when = { "after.phone": { $ne: "x" }, "after.items": { $exists: true }, "after.q": { $lt: 5 } };
  const phones = Array.from({ length: 12 }, (_, index) => `07912345${index + 10}`);
  await using project = await writeProject({
    ...FILES,
    "rules/gone.json": rule(
      "item",
      { service: "sms", action: "send", with: { to: { $path: "after.phone" }, body: "{{ after.gone }}" } },
      { when },
    ),
    "rules/many.json": rule(
      "item",
      { service: "sms", action: "send", each: "after.items", with: { to: { $path: "item" }, body: "Hello." } },
      { when: { "after.items": { $nin: ["x"] } } },
    ),
    "e.json": { operation: "update", after: { ...ROW, phone: "0791234567", items: phones } },
  });
  const file = join(project.folder, "e.json");
  for (const name of ["gone", "many"]) {
    for (const format of [[], ["--json"]]) {
      const masked = await explain(project, name, "--event", file, ...format);
      expect(masked).toMatchObject({ code: 0, stderr: "" });
      for (const secret of ["0791234567", ...phones]) expect(masked.stdout).not.toContain(secret);
    }
    const revealed = await explain(project, name, "--event", file, "--reveal");
    expect(revealed.stdout).toContain(name === "gone" ? "0791234567" : phones[11]);
  }
});
