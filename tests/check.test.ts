import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { backstitch } from "./support/backstitch.ts";
import { openDatabase, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { httpService, request, rule, SHOP, writeProject, type Files } from "./support/project.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 120_000 });

const FILES: Files = {
  "backstitch.json": SHOP,
  "services/sink.json": httpService("http://127.0.0.1:9"),
  "rules/item.json": rule("item", request("/items", { id: { $path: "key.id" } }), {
    when: { "before.quantity": { $gt: 0 } },
  }),
};
const BROKEN: Files = {
  ...FILES,
  "services/sms.json":
    '{\n  "connector": "twilio",\n  "config": { "accountSid": "AC1", "authToken": { "$secret": "SMS_TOKEN" }, "from": "+15005550006" }\n}',
  "rules/item.json":
    '{\n  "on": { "source": "shop", "collection": "item" },\n  "when": { "after.quantity": { "$ltt": 3 } },\n  "then": [{ "service": "smss", "action": "send", "with": {} }]\n}',
  "rules/cut.json": '{\n  "on": {',
};

/** It has no mistakes, and five things that are not meant. */
const WARNED: Files = {
  "backstitch.json": SHOP,
  "services/sink.json": httpService("http://127.0.0.1:9", {
    guards: [
      { name: "known", actions: ["request"], when: { $condition: "known" } },
      { name: "mistyped", actions: ["request"], when: { "args.pth": "/others" } },
    ],
  }),
  "conditions/known.json": { "args.path": { $in: { $path: "values.paths" } } },
  "conditions/old.json": { "after.kind": "a" },
  "values/paths.json": ["/items"],
  "rules/item.json": {
    on: { source: "shop", collection: "item", operations: ["insert", "update", "replace"] },
    when: { "after.quantty": { $gt: 5, $lt: 3 } },
    then: [request("/items", { id: { $path: "key.id" } })],
  },
  "rules/item.test.json": { tests: [{ name: "few", event: { after: { id: 1, quantity: 1 } }, deliveries: [] }] },
};

/** What becomes of the one entry where an answer is lost. */
const REPEATS = `Where the answer to an attempt is lost, it is:
  item → sink.request  by-key: sent again under the same id, by which the far side can do it once.
`;

const ESCAPE = "\u001b";
let server: TestPostgres;
beforeAll(async () => (server = await startPostgres()));
afterAll(() => server.stop());

describe("the command line", () => {
  const HELP = ["check", "test", "setup", "run", "dev", "explain", "deliveries"];
  test("--help names every command and says what each does, without colours", async () => {
    const { code, stdout, stderr } = await backstitch(["--help"], { CI: "true" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const command of HELP) expect(stdout).toMatch(new RegExp(`^  ${command}\\b.* {2,}\\w`, "m"));
    expect(stdout).not.toContain(ESCAPE);
    const deliveries = await backstitch(["deliveries", "--help"]);
    for (const command of ["list", "show", "retry"]) expect(deliveries.stdout).toMatch(new RegExp(`^  ${command}\\b.* {2,}\\w`, "m"));
  });

  const MISTAKES: readonly (readonly [args: readonly string[], environment: Record<string, string>, says: RegExp])[] = [
    [["chek"], {}, /^error: unknown command 'chek'\n\(Did you mean check\?\)/],
    [["check", "--conect"], {}, /^error: unknown option '--conect'\n\(Did you mean --connect\?\)/],
    [
      ["run", "--port", "abc"],
      {},
      /^error: option '--port <number>' argument 'abc' is invalid. It must be a whole number of at most 15 digits\./,
    ],
    [["run", "--port", "70000"], {}, /^error: option '--port <number>' argument '70000' is invalid. It must be from 0 to 65535\./],
    [["deliveries", "list", "--state", "lost"], {}, /^error: .*'lost' is invalid\. Allowed choices are pending, /],
    [["deliveries", "show"], {}, /^error: missing required argument 'id'/],
    [
      ["run"],
      { BACKSTITCH_LOG_LEVEL: "loud" },
      /^BACKSTITCH_LOG_LEVEL is "loud"; it must be one of trace, debug, info, warn, error, fatal, silent\.\n$/,
    ],
  ];
  test.each(MISTAKES)("%j %j: a clear line, and no success", async (args, environment, says) => {
    const { code, stdout, stderr } = await backstitch(args, environment);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe("backstitch check", () => {
  test("says what is right, and exits 0", async () => {
    await using project = await writeProject(FILES);
    const ended = await backstitch(["check"], {
      BACKSTITCH_PROJECT: project.folder,
      DATABASE_URL: "postgres://u:p@127.0.0.1:9/d",
      SLOT: "none",
    });
    expect(ended).toEqual({ code: 0, stdout: `1 rule, 1 service and 1 source are right.\n${REPEATS}`, stderr: "" });
  });

  test("says all problems at once, each with its place and what to do, and exits 1", async () => {
    await using project = await writeProject(BROKEN);
    const { code, stdout, stderr } = await backstitch(["check", "-p", project.folder], { CI: "true", SLOT: "none" });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      'backstitch.json:5:27 SECRET_MISSING "connectionString" names the secret "DATABASE_URL", which is not set.',
      "  Set it in the environment or in .env.",
      "rules/cut.json:2:10 JSON_SYNTAX A closing brace is missing here.",
      'rules/item.json:3:33 RULE_OPERATOR_UNKNOWN There is no operator "$ltt".',
      '  Did you mean "$lt"?',
      'rules/item.json:4:25 RULE_SERVICE_UNKNOWN Rule "item" sends to "smss"; the services are "sink", "sms".',
      '  Did you mean "sms"?',
      'services/sms.json:3:49 SECRET_MISSING "authToken" names the secret "SMS_TOKEN", which is not set.',
      "  Set it in the environment or in .env.",
      "5 problems.",
      "",
    ]);
  });

  test("warnings are printed and no failure, unless it is to be strict; tests, guards and the kind of source count", async () => {
    await using project = await writeProject(WARNED);
    const environment = { CI: "true", SLOT: "none", DATABASE_URL: "postgres://u:p@127.0.0.1:9/d" };
    const lines = [
      "conditions/old.json:1:1 CONDITION_UNUSED (warning) No rule and no guard names this condition.",
      "  Remove the file, or use it.",
      'rules/item.json:8:7 RULE_OPERATION_NEVER_SENT (warning) Source "shop" never sends "replace"; it sends "insert", "update", "delete".',
      "  Remove it.",
      'rules/item.json:12:5 DATA_PATH_UNKNOWN (warning) "item" has no "after.quantty" in any sample.',
      '  Did you mean "quantity"?',
      'rules/item.json:14:14 CONDITION_ONLY_ARRAY (warning) No single value meets both "after.quantty $gt 5" at 13:14 and this: only an array can, with two elements.',
      '  If "after.quantty" is no array, the two are never true together. If one element must meet both, write "$elemMatch".',
      'services/sink.json:27:9 DATA_PATH_UNKNOWN (warning) "request" has no argument "pth".',
      '  Did you mean "path"?',
      "5 warnings.",
      "1 rule, 1 service and 1 source are right.",
      ...REPEATS.split("\n"),
    ];
    const plain = await backstitch(["check", "-p", project.folder], environment);
    expect({ ...plain, stdout: plain.stdout.split("\n") }).toEqual({ code: 0, stdout: lines, stderr: "" });
    const strict = await backstitch(["check", "--strict", "-p", project.folder], environment);
    expect({ ...strict, stdout: strict.stdout.split("\n") }).toEqual({ code: 1, stdout: lines, stderr: "" });
  });

  test("an entry that costs more than its service lets through at once is said, by what is fixed of it", async () => {
    const args = { to: ["a@example.com", "b@example.com", { $path: "after.name" }], subject: "Low", text: "{{ after.name }}" };
    await using project = await writeProject({
      "backstitch.json": SHOP,
      "services/mail.json": {
        connector: "ses",
        config: { region: "eu-central-1", from: "shop@example.com" },
        limits: { recipients: ["2 per 1s", "50000 per 24h"], per: "after.tenant" },
      },
      "services/sms.json": {
        connector: "twilio",
        config: { accountSid: `AC${"0".repeat(32)}`, authToken: { $secret: "SMS_TOKEN" }, from: "+15005550006" },
        limits: { segments: "1 per 1s" },
      },
      "rules/mail.json": rule("item", { service: "mail", action: "send", with: args }),
      "rules/one.json": rule("item", {
        service: "mail",
        action: "send",
        with: { ...args, to: { $path: "after.name" }, cc: "c@example.com" },
      }),
      "rules/sms.json": rule("item", {
        service: "sms",
        action: "send",
        with: { to: "+15005550009", body: `{{ after.name }}${"x".repeat(161)}` },
      }),
      "rules/short.json": rule("item", {
        service: "sms",
        action: "send",
        with: { to: "+15005550009", body: `{{ after.name }}${"x".repeat(160)}` },
      }),
    });
    const environment = { CI: "true", SLOT: "none", DATABASE_URL: "postgres://u:p@127.0.0.1:9/d", SMS_TOKEN: "0123456789abcdef" };
    const { code, stdout } = await backstitch(["check", "-p", project.folder], environment);
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.includes("COST_OVER_LIMIT"))).toEqual([
      'rules/mail.json:7:5 COST_OVER_LIMIT (warning) A delivery costs at least 3 "recipients", and "mail" lets 2 through in 1s: it waits until none of them is used, is sent all the same, and up to 2s pass before the next is.',
      'rules/sms.json:7:5 COST_OVER_LIMIT (warning) A delivery costs at least 2 "segments", and "sms" lets 1 through in 1s: it waits until none of them is used, is sent all the same, and up to 2s pass before the next is.',
    ]);
    expect(stdout).toContain("\n2 warnings.\n");
  });

  test("a folder that is not there is one line", async () => {
    const { code, stdout } = await backstitch(["check", "-p", "/nowhere"]);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: '.:1:1 FOLDER_MISSING There is no folder "/nowhere".\n  Name the folder that holds backstitch.json.\n1 problem.\n',
    });
  });
});

describe("backstitch setup and check --connect", () => {
  test("before setup everything that is missing is said; setup makes it, twice is once, and then nothing is missing", async () => {
    await using project = await writeProject(FILES);
    await using database = await openDatabase(server, "CREATE TABLE item (id integer PRIMARY KEY, quantity integer)");
    const environment = { ...database.environment, CI: "true" };
    const connect = (): ReturnType<typeof backstitch> => backstitch(["check", "--connect", "-p", project.folder], environment);

    const before = await connect();
    expect(before.code).toBe(1);
    for (const code of ["PUBLICATION_MISSING", "REPLICA_IDENTITY_MISSING", "SLOT_MISSING"])
      expect(before.stdout).toContain(`shop ${code} `);
    expect(before.stdout).toContain('\n  Run "backstitch setup".\n');
    expect(before.stderr).toBe("3 problems.\n");

    const first = await backstitch(["setup", "-p", project.folder], environment);
    expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
    expect(first.stdout.match(/\(created\)\n  \w+/g)).toEqual([
      expect.stringContaining("CREATE"),
      expect.stringContaining("ALTER"),
      expect.stringContaining("SELECT"),
    ]);
    const second = await backstitch(["setup", "-p", project.folder], environment);
    expect(second.code).toBe(0);
    expect(second.stdout.match(/\(already there\)/g)).toHaveLength(3);
    expect(second.stdout).not.toContain("(created)");

    const after = await connect();
    expect(after).toEqual({
      code: 0,
      stdout: `1 rule, 1 service and 1 source are right.\n${REPEATS}Source "shop" is set up for its rules.\n`,
      stderr: "",
    });
  });

  test("columns that the database has not are found, and types that cannot compare", async () => {
    await using project = await writeProject({
      ...FILES,
      "rules/item.json": rule("item", request("/items", { id: { $path: "after.nr" } }), { when: { "after.quantity": { $gt: 5, $lt: 3 } } }),
      "rules/name.json": rule("item", request("/names", {}), { when: { "after.quantity": "5", "after.tags": "new" } }),
    });
    const columns = "id integer PRIMARY KEY, quantity numeric(8,2), name text, tags text[], extra jsonb";
    await using database = await openDatabase(server, `CREATE DOMAIN amount AS integer; CREATE TABLE item (${columns}, price amount)`);
    const { stdout } = await backstitch(["check", "--connect", "-p", project.folder], { ...database.environment, CI: "true" });
    const found = stdout.split("\n").filter((line) => line.includes("(warning)"));
    expect(found).toEqual([
      expect.stringMatching(/^rules\/item\.json:\d+:\d+ DATA_PATH_UNKNOWN \(warning\) "item" has no column "nr"\.$/),
      expect.stringMatching(/^rules\/item\.json:\d+:\d+ CONDITION_CONTRADICTION /),
      expect.stringMatching(/^rules\/name\.json:\d+:\d+ CONDITION_TYPE /),
    ]);
  });

  const CANARY = "canary-password-7";
  const WRONG: readonly (readonly [name: string, change: (url: string) => string, says: string])[] = [
    ["a wrong password", (url) => url.replace("correct-horse", CANARY), "password authentication failed"],
    ["an unknown database", (url) => url.replace(/[^/]*$/, "nowhere"), '"nowhere" does not exist'],
    ["a closed port", (url) => url.replace(/:\d+\//, ":9/").replace("correct-horse", CANARY), "cannot be reached (ECONNREFUSED)"],
  ];
  test.each(WRONG)("%s is one clear line, without the password", async (_name, change, says) => {
    await using project = await writeProject(FILES);
    const environment = { DATABASE_URL: change(server.url), SLOT: "none" };
    for (const args of [["check", "--connect"], ["setup"]]) {
      const { code, stdout, stderr } = await backstitch([...args, "-p", project.folder], environment);
      const all = stdout + stderr;
      expect(code).toBe(1);
      expect(all).toContain(says);
      expect(all).not.toMatch(/^\s+at /m);
      for (const secret of [CANARY, "correct-horse"]) expect(all).not.toContain(secret);
    }
  });

  test("a table that is not there is a sentence, and setup makes nothing", async () => {
    await using project = await writeProject(FILES);
    await using database = await openDatabase(server, "CREATE TABLE items (id integer PRIMARY KEY)");
    const { code, stdout, stderr } = await backstitch(["setup", "-p", project.folder], database.environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^Source "shop": .*"item".*"items".*\n$/);
    expect(await database.sql("SELECT 1 FROM pg_publication")).toEqual([]);
  });
});
