import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadProject } from "@backstitch/project";
import { ENVIRONMENT, folderOf, good, linesOf, load, tables, type Files } from "./support/project.ts";

const rule = good["rules/late.json"];
const bytes = (...all: readonly number[]): Uint8Array => Uint8Array.from(all);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("what is found in the folder", () => {
  const rows: readonly (readonly [name: string, files: Files, lines: readonly string[]])[] = [
    [
      "no rules",
      { ...good, "rules/late.json": undefined },
      ['rules:1:1 RULES_MISSING There are no rules.\n  Write one into the folder "rules": rules/NAME.json'],
    ],
    [
      "a byte order mark",
      { ...good, "rules/late.json": new Uint8Array([0xef, 0xbb, 0xbf, ...text(rule)]) },
      ["rules/late.json:1:1 FILE_HAS_BOM The file begins with a byte order mark.\n  Save it as UTF-8 without one."],
    ],
    [
      "UTF-16",
      { ...good, "rules/late.json": bytes(0xff, 0xfe, 0x7b, 0) },
      ["rules/late.json:1:1 FILE_NOT_UTF8 The file is written in UTF-16.\n  Save it as UTF-8."],
    ],
    [
      "Latin-1",
      { ...good, "values/x.json": bytes(0x22, 0xe4, 0x22) },
      ["values/x.json:1:1 FILE_NOT_UTF8 The file is not text in UTF-8.\n  Save it as UTF-8."],
    ],
    [
      "a file that is too large",
      { ...good, "templates/x.liquid": " ".repeat(1_048_577) },
      ["templates/x.liquid:1:1 FILE_TOO_LARGE The file has 1048577 bytes; at most 1048576 are read.\n  Split it."],
    ],
    [
      "a file's name",
      { ...good, "rules/läte.json": rule },
      [
        'rules/läte.json:1:1 FILE_NAME_INVALID "läte.json" is not a name for a file here: a name has letters (A to Z), digits, dots, dashes and underscores.\n  Rename it.',
      ],
    ],
    [
      "a file's name with a line break",
      { ...good, "services/a\nb.json": "{}" },
      [
        'services/a?b.json:1:1 FILE_NAME_INVALID "a\\nb.json" is not a name for a file here: a name has letters (A to Z), digits, dots, dashes and underscores.\n  Rename it.',
      ],
    ],
    [
      "a folder's name",
      { ...good, "rules/a b/late.json": rule },
      [
        'rules/a b:1:1 FILE_NAME_INVALID "a b" is not a name for a file here: a name has letters (A to Z), digits, dots, dashes and underscores.\n  Rename it.',
      ],
    ],
    [
      "a rule that is written in YAML",
      { ...good, "rules/early.yaml": "" },
      ['rules/early.yaml:1:1 FILE_NOT_READ (warning) This file is not read: the files of "rules" end in .json.\n  Move or rename it.'],
    ],
    [
      "a folder of services",
      { ...good, "services/a/text.json": "{}" },
      ['services/a:1:1 FOLDER_NOT_READ (warning) Folders in "services" are not read.\n  Move or rename it.'],
    ],
    ["what is not for us", { ...good, "rules/README.md": "", "rules/.late.json.swp": "", "services/.git/x": "" }, []],
    [
      "a file for a folder",
      { ...good, values: "x" },
      ["values:1:1 FILE_UNREADABLE This is a file; a folder is expected.\n  Put a folder in its place."],
    ],
    [
      "a folder for a file",
      { ...good, "backstitch.json": undefined, "backstitch.json/x": "" },
      ["backstitch.json:1:1 FILE_NOT_A_FILE This is not a file.\n  Put a text file in its place."],
    ],
    [
      "a test that is not JSON",
      { ...good, "rules/late.test.json": "{" },
      ["rules/late.test.json:1:2 JSON_SYNTAX A closing brace is missing here."],
    ],
    [
      "a test beside no rule, with a key that there is none of",
      { ...good, "rules/lat.test.json": '{ "test": [], "tests": [{ "name": "a", "event": {}, "deliveries": [] }] }' },
      [
        'rules/lat.test.json:1:1 TEST_RULE_MISSING These are the tests of the rule "lat", which is not there; the rules are "late".\n  Did you mean "late"?',
        'rules/lat.test.json:1:3 TEST_KEY_UNKNOWN There is no key "test".\n  Did you mean "tests"?',
      ],
    ],
    [
      "a .env that is not text",
      { ...good, ".env": bytes(0xff, 0xff) },
      [".env:1:1 FILE_NOT_UTF8 The file is not text in UTF-8.\n  Save it as UTF-8."],
    ],
    [
      "a service that is not JSON",
      { ...good, "services/more.json": "{} {}" },
      ['services/more.json:1:4 JSON_SYNTAX The file should end here, not "{".'],
    ],
    [
      "names that objects are born with",
      { ...good, "services/__proto__.json": good["services/text.json"], "rules/constructor.json": rule },
      [],
    ],
  ];

  it.each(rows.map(([name, files, lines]) => ({ name, files, lines })))("$name", async ({ files, lines }) => {
    expect(linesOf(await load(files))).toEqual(lines);
  });

  it("a warning keeps nothing from running", async () => {
    expect((await load({ ...good, "rules/early.yaml": "" })).project).toBeDefined();
  });

  it("a folder that is not there", async () => {
    const folder = join(folderOf({}), "none");
    const loaded = await loadProject(folder, tables, ENVIRONMENT);
    expect(linesOf(loaded)).toEqual([
      `.:1:1 FOLDER_MISSING There is no folder ${JSON.stringify(folder)}.\n  Name the folder that holds backstitch.json.`,
    ]);
  });

  it("a folder without backstitch.json: what else is wrong is said too", async () => {
    const folder = folderOf({ ...good, "backstitch.json": undefined, "services/text.json": '{"connector": "smss"}' });
    writeFileSync(join(folder, "rules/late.json"), rule.replace('"then"', '"than"'));
    const codes = (await loadProject(folder, tables, ENVIRONMENT)).problems.map(({ code }) => code);
    expect(codes).toEqual(["PROJECT_FILE_MISSING", "RULE_KEY_MISSING", "RULE_KEY_UNKNOWN", "CONNECTOR_UNKNOWN"]);
  });

  it("says all that is wrong, in the order of files, lines and columns", async () => {
    const loaded = await load({
      "backstitch.json": '{"sources": {"shop": {"type": "x"}}, "more": 1}',
      "services/b.json": '{\n"config": {},\n                    "more": 1,\n"connector": "x"}',
      "services/a.json": "{",
      "values/late.json": bytes(0xff),
    });
    expect(linesOf(loaded).map((line) => line.split(" ", 2).join(" "))).toEqual([
      "backstitch.json:1:31 SOURCE_TYPE_UNKNOWN",
      "backstitch.json:1:38 PROJECT_KEY_UNKNOWN",
      "rules:1:1 RULES_MISSING",
      "services/a.json:1:2 JSON_SYNTAX",
      "services/b.json:3:21 SERVICE_KEY_UNKNOWN",
      "services/b.json:4:14 CONNECTOR_UNKNOWN",
      "values/late.json:1:1 FILE_NOT_UTF8",
    ]);
  });
});

describe("symbolic links", () => {
  const rows: readonly (readonly [name: string, link: string, target: string, lines: readonly string[]])[] = [
    ["to a file", "rules/other.json", "late.json", []],
    [
      "to nothing",
      "rules/other.json",
      "none.json",
      ["rules/other.json:1:1 FILE_UNREADABLE This is a symbolic link to nothing.\n  Remove it, or make what it names."],
    ],
    [
      "to itself",
      "rules/other.json",
      "other.json",
      ["rules/other.json:1:1 FILE_UNREADABLE This cannot be read: ELOOP.\n  It is a symbolic link that leads back to itself: remove it."],
    ],
    [
      "to the folder it is in",
      "rules/deep",
      ".",
      ['rules/deep:1:1 FOLDER_REPEATED This is the same folder as "rules", by a symbolic link.\n  Remove the link.'],
    ],
  ];

  it.each(rows)("%s", async (_, link, target, lines) => {
    const folder = folderOf(good);
    symlinkSync(target, join(folder, link));
    expect(linesOf(await loadProject(folder, tables, ENVIRONMENT))).toEqual(lines);
  });

  it("to the folder around: ends", async () => {
    const folder = folderOf(good);
    symlinkSync("..", join(folder, "rules/deep"));
    const codes = (await loadProject(folder, tables, ENVIRONMENT)).problems.map(({ code }) => code);
    expect(codes).toContain("FOLDER_REPEATED");
  });

  it("files by way of a hidden folder, as Kubernetes mounts them", async () => {
    const folder = folderOf({ ...good, "rules/late.json": undefined, "rules/..2026/late.json": rule });
    symlinkSync("..2026", join(folder, "rules/..data"));
    symlinkSync("..data/late.json", join(folder, "rules/late.json"));
    expect((await loadProject(folder, tables, ENVIRONMENT)).project?.ruleSet.rules).toHaveLength(1);
  });
});

it("a pipe is not read: it would never end", async () => {
  const folder = folderOf(good);
  execFileSync("mkfifo", [join(folder, "rules/pipe.json")]);
  expect(linesOf(await loadProject(folder, tables, ENVIRONMENT))).toEqual([
    "rules/pipe.json:1:1 FILE_NOT_A_FILE This is not a file.\n  Put a text file in its place.",
  ]);
});
