import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { backstitch, start, startRun } from "./support/backstitch.ts";
import { httpService, request, rule, SHOP, writeProject, type Files } from "./support/project.ts";
import { until } from "./support/until.ts";

// A test starts several processes.
vi.setConfig({ testTimeout: 60_000 });

const TESTS = `{
  "tests": [
    { "name": "few are left", "event": { "after": { "id": 7, "quantity": 2, "kind": "pin" } },
      "deliveries": [{ "args": { "path": "/items", "body": { "id": 7 } } }] },
    { "name": "many are left, \\"<100%>\\"", "event": { "after": { "quantity": 200, "kind": "pin" } }, "none": "because there is time" }
  ]
}`;
const FAILING = TESTS.replace('"id": 7 } } }]', '"id": 8 } } }]').replace('"quantity": 200', '"quantity": 1');
const FILES: Files = {
  "backstitch.json": SHOP,
  "services/sink.json": httpService("http://127.0.0.1:9"),
  "rules/deep/item.json": rule("item", request("/items", { id: { $path: "key.id" } }), {
    when: { "after.quantity": { $lt: 3 }, "after.kind": "pin" },
  }),
  "rules/other.json": rule("item", request("/items", {})),
  "rules/deep/item.test.json": TESTS,
};
const LEAF = 'rules/deep/item.json:24:5 after.kind $eq "pin"';

describe("backstitch test", () => {
  test("runs what stands beside the rules, without any secret, and says what no test is about", async () => {
    await using project = await writeProject(FILES);
    const ended = await backstitch(["test", "-p", project.folder]);
    expect({ ...ended, stdout: ended.stdout.split("\n") }).toEqual({
      code: 0,
      stderr: "",
      stdout: [
        "rules/deep/item.test.json",
        "  ✓ few are left",
        '  ✓ many are left, "<100%>"',
        "",
        "1 rule without a test: other",
        "",
        "2 tests passed.",
        "",
      ],
    });
  });

  test("a condition that no test decides is named", async () => {
    await using project = await writeProject(FILES);
    const [, ...others] = (JSON.parse(TESTS) as { readonly tests: readonly object[] }).tests;
    await project.write({ "rules/deep/item.test.json": { tests: others } });
    const { stdout } = await backstitch(["test", "-p", project.folder]);
    expect(stdout).toContain(`1 condition that no test decides:\n  ${LEAF}\n`);
  });

  test("numbers that JSON lacks are told apart as a test writes them", async () => {
    const after = { id: { $numberDouble: "NaN" }, quantity: { $numberDouble: "-Infinity" }, kind: "pin" };
    const args = { path: "/items", body: { id: null } };
    const tests = [{ name: "no number", event: { after, key: { id: after.id } }, deliveries: [{ args }] }];
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": { tests } });
    const { stdout } = await backstitch(["test", "-p", project.folder]);
    expect(stdout).toContain('        expected null\n        actual   {"$numberDouble":"NaN"}\n');
  });

  test("says where and how a test fails, and by which conditions, and exits 1", async () => {
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": FAILING });
    const { code, stdout } = await backstitch(["test", "-p", project.folder]);
    expect(code).toBe(1);
    expect(stdout.split("\n").slice(0, 16)).toEqual([
      "rules/deep/item.test.json",
      "  ✗ few are left  rules/deep/item.test.json:3:15",
      "      deliveries.0.args.body.id",
      "        expected 8",
      "        actual   7",
      "      decided by",
      "        rules/deep/item.json:22:7 after.quantity $lt 3 is true",
      `        ${LEAF} is true`,
      '  ✗ many are left, "<100%>"  rules/deep/item.test.json:5:15',
      "      deliveries",
      "        expected nothing",
      '        actual   {"then":"sink.request","service":"sink","action":"request","eventId":"1","args":{"path":"/items","body":{"id":1}}}',
      "      decided by",
      "        rules/deep/item.json:22:7 after.quantity $lt 3 is true",
      `        ${LEAF} is true`,
      "",
    ]);
    expect(stdout).toMatch(/\n2 of 2 tests failed\.\n$/);
  });

  test("problems of the project, those of test files included, are said, and exit 1; check says them, too", async () => {
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": TESTS.replace('"none"', '"nothing"') });
    const says = [
      'rules/deep/item.test.json:5:5 TEST_EXPECTATION_MISSING The test does not say what must happen.\n  It needs one of "deliveries", "deliveriesContain", "none", "undecided", "failures".',
      'rules/deep/item.test.json:5:102 TEST_KEY_UNKNOWN There is no key "nothing".',
      "2 problems.\n",
    ];
    const environment = { DATABASE_URL: "postgres://u:p@127.0.0.1:9/d", SLOT: "none" };
    const [tested, checked] = await Promise.all([
      backstitch(["test", "-p", project.folder]),
      backstitch(["check", "-p", project.folder], environment),
    ]);
    expect({ code: tested.code, stdout: tested.stdout }).toEqual({ code: 1, stdout: "" });
    expect({ code: checked.code, stderr: checked.stderr }).toEqual({ code: 1, stderr: "" });
    for (const sentence of says) {
      expect(tested.stderr).toContain(sentence);
      expect(checked.stdout).toContain(sentence);
    }
  });

  test("JUnit's XML goes to a file, and people see the results all the same", async () => {
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": FAILING });
    const file = join(project.folder, "reports/junit.xml");
    const { code, stdout } = await backstitch(["test", "-p", project.folder, "--reporter", "junit", "--output", file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n2 of 2 tests failed\.\n$/);
    const xml = await readFile(file, "utf8");
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="backstitch" tests="2" failures="2" errors="0" /);
    expect(xml).toContain(
      '<testcase classname="deep/item" name="many are left, &quot;&lt;100%&gt;&quot;" file="rules/deep/item.test.json" line="5" time="0">',
    );
    expect(xml).toContain('<failure type="difference" message="deliveries.0.args.body.id">rules/deep/item.test.json:4:');
    expect(xml.match(/<[^/?!][^>]*[^/]>/g)?.length).toBe(xml.match(/<\/[^>]+>/g)?.length);
  });

  test("GitHub's annotations name files from the repository's root", async () => {
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": FAILING });
    const repository = join(project.folder, "..");
    const { code, stdout } = await backstitch(["test", "-p", project.folder, "--reporter", "github"], { GITHUB_WORKSPACE: repository });
    const folder = project.folder.slice(repository.length + 1);
    expect(code).toBe(1);
    const lines = stdout.split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(
      new RegExp(
        `^::error file=${folder}/rules/deep/item.test.json,line=4,col=\\d+,title=few are left::deliveries.0.args.body.id%0A  expected 8%0A`,
      ),
    );
    expect(lines[1]).toContain(',title=many are left%2C "<100%25>"::deliveries%0A');
    expect(lines[2]).toBe(`::notice file=${folder}/rules/other.json,line=1,col=1,title=Rule without a test::other`);
    expect(lines[3]).toBe("2 of 2 tests failed.");
  });

  test("--mutate lists the changes of the rules that no test notices, in every report", async () => {
    await using project = await writeProject(FILES);
    const run = (...args: readonly string[]): ReturnType<typeof backstitch> =>
      backstitch(["test", "--mutate", "-p", project.folder, ...args], { GITHUB_WORKSPACE: project.folder });
    const [pretty, github, junit] = await Promise.all([run(), run("--reporter", "github"), run("--reporter", "junit")]);
    expect([pretty.code, github.code, junit.code]).toEqual([0, 0, 0]);
    expect(pretty.stdout.split("\n").slice(-8)).toEqual([
      "Mutants that no test noticed:",
      "  rules/deep/item.json:24:5 left out after.kind",
      "  rules/deep/item.json:22:7 $lt → $lte",
      "  rules/deep/item.json:22:14 3 → 4",
      "  rules/deep/item.json:22:14 3 → 6",
      "",
      "2 tests passed. They noticed 8 of 12 mutants.",
      "",
    ]);
    expect(github.stdout).toContain("::notice file=rules/deep/item.json,line=22,col=7,title=No test notices this change::$lt → $lte\n");
    expect(junit.stdout).toContain('<testsuites name="backstitch" tests="6" failures="0" errors="0" skipped="4" time="0">');
    expect(junit.stdout).toContain('name="rules/deep/item.json:22:7 $lt → $lte" time="0"><skipped message="no test noticed it"/>');
  });

  test("--mutate waits for the tests to pass", async () => {
    await using project = await writeProject({ ...FILES, "rules/deep/item.test.json": FAILING });
    const { code, stdout, stderr } = await backstitch(["test", "--mutate", "-p", project.folder]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "Rules are mutated once their tests pass.\n" });
    expect(stdout).not.toContain("mutant");
  });

  test("a report that cannot be written is one clear line", async () => {
    await using project = await writeProject(FILES);
    await mkdir(join(project.folder, "there"));
    const { code, stderr } = await backstitch(["test", "-p", project.folder, "--output", join(project.folder, "there")]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `The report cannot be written to "${join(project.folder, "there")}" (EISDIR).\n` });
  });

  test("--watch runs them again when a file is saved, whatever state it is in, until told to stop", async () => {
    await using project = await writeProject(FILES);
    await using running = start(["test", "--watch", "-p", project.folder]);
    const otherwise = (): string => running.stdout() + running.stderr();
    const times = (): number => running.stdout().split("Waiting for files to be saved.").length - 1;
    await until(() => times() === 1 && running.stdout().includes("2 tests passed."), { otherwise });
    await project.write({ "rules/deep/item.test.json": "{" });
    await until(() => times() >= 2 && running.stderr().includes("JSON_SYNTAX"), { otherwise });
    await project.write({ "rules/deep/item.test.json": FAILING });
    await until(() => running.stdout().includes("2 of 2 tests failed."), { otherwise });
    running.signal("SIGTERM");
    expect((await running.ended).code).toBe(0);
  });
});

test("tests that are left over or wrong are problems of check, and keep no rule from being taken out of force", async () => {
  await using project = await writeProject({
    // Standard input stays open, so that the process goes on.
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "-" } } },
    "services/sink.json": httpService("http://127.0.0.1:9"),
    "rules/item.json": rule("item", request("/items", {})),
    "rules/other.json": rule("item", request("/others", {})),
    "rules/item.test.json": { tests: [{ name: "one", event: {}, none: "because" }] },
  });
  await using run = startRun(project.folder);
  await run.logged("running");
  await project.remove("rules/item.json");
  run.signal("SIGHUP");
  await run.logged("reloaded", { rules: 1 });
  expect(run.stderr()).toContain("rules/item.test.json:1:1 TEST_RULE_MISSING (warning) ");
  const { code, stdout } = await backstitch(["check", "-p", project.folder]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining("rules/item.test.json:1:1 TEST_RULE_MISSING These") });
});
