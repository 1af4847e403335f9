import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { compileRules, type RuleFile, type RuleFiles } from "../src/index.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const FOLDER = join(import.meta.dirname, "..", "cases", "problems");

/** Files as lines, and what is said of them. Files that a row does not have are those of every other case. */
interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, readonly string[]>>;
  readonly problems: readonly { readonly says: string; readonly remedy?: string }[];
}

function check(files: readonly RuleFile[], expected: Row["problems"]): void {
  const under = (folder: string): RuleFile[] => files.filter(({ path }) => path.startsWith(`${folder}/`));
  const given: RuleFiles = { ...surroundings, rules: under("rules") };
  const own = Object.fromEntries(
    ["conditions", "templates", "values"].flatMap((folder) => (under(folder).length === 0 ? [] : [[folder, under(folder)]])),
  );
  const { ruleSet, problems } = compileRules({ ...given, ...own }, catalogue);
  const printed = expected.map(({ says, remedy }) => (remedy === undefined ? says : `${says}\n  ${remedy}`));
  expect(problems.map(formatProblem)).toEqual(printed);
  expect(ruleSet).toBeUndefined();
}

for (const name of readdirSync(FOLDER).sort()) {
  const { about, cases } = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as { about: string; cases: readonly Row[] };
  describe(`${name}: ${about}`, () => {
    test.each(cases.map((row) => [row.name, row] as const))("%s", (_, { files, problems }) => {
      check(
        Object.entries(files).map(([path, lines]) => ({ path, text: lines.join("\n") })),
        problems,
      );
    });
  });
}

const rule = (when: string): string =>
  `{ "on": { "source": "shop", "collection": "orders" }, "then": [{ "service": "archive", "action": "put", "with": { "key": "k", "body": 1 } }],\n"when": ${when} }`;
const chain = (length: number, link: (to: string) => string): RuleFile[] =>
  Array.from({ length }, (_, at) => ({
    path: `conditions/c${at}.json`,
    text: at === 0 ? '{ "after.q": 1 }' : link(`{ "$condition": "c${at - 1}" }`),
  }));

const GENERATED: readonly (readonly [string, readonly RuleFile[], ...string[]])[] = [
  [
    "too deep",
    [{ path: "rules/r.json", text: `${"[".repeat(200)}${"]".repeat(200)}` }],
    "rules/r.json:1:65 JSON_TOO_DEEP Arrays and objects are nested more than 64 levels deep.",
  ],
  [
    "far too deep",
    [{ path: "rules/r.json", text: "[".repeat(200_000) }],
    "rules/r.json:1:65 JSON_TOO_DEEP Arrays and objects are nested more than 64 levels deep.",
  ],
  [
    "too large",
    [{ path: "rules/r.json", text: `"${"x".repeat(1_048_576)}"` }],
    "rules/r.json:1:1 JSON_TOO_LARGE The file has 1048578 bytes; at most 1048576 are read.",
  ],
  [
    "a pattern that is too long",
    [{ path: "rules/r.json", text: rule(`{ "after.q": { "$regex": "${"a".repeat(1001)}" } }`) }],
    `rules/r.json:2:34 RULE_REGEX_INVALID The pattern "${"a".repeat(79)} cannot be used: it has 1001 characters, and at most 1000 are allowed.`,
  ],
  [
    "conditions that double",
    [{ path: "rules/r.json", text: rule('{ "$condition": "c14" }') }, ...chain(15, (to) => `{ "$and": [${to}, ${to}] }`)],
    "conditions/c13.json:1:1 RULE_CONDITION_TOO_LARGE This condition has more than 10000 tests once its named conditions are put in.",
  ],
  [
    "conditions of the library that double",
    [
      { path: "rules/r.json", text: rule('{ "condition": "c14" }') },
      ...chain(15, (to) => `{ "all": [${to}, ${to}] }`).map(({ path, text }, at) => ({
        path,
        text: at === 0 ? '{ "all": [] }' : text.replaceAll("$condition", "condition"),
      })),
    ],
    "conditions/c13.json:1:1 RULE_CONDITION_TOO_LARGE This condition has more than 10000 tests once its named conditions are put in.",
  ],
  [
    "a template that renders itself",
    [
      {
        path: "rules/r.json",
        text: `{ "on": { "source": "shop", "collection": "orders" },\n"then": [{ "service": "archive", "action": "put", "with": { "key": "k", "body":\n { "$template": "a.liquid" } } }] }`,
      },
      { path: "templates/a.liquid", text: "{% render 'b.liquid' %}" },
      { path: "templates/b.liquid", text: "{% render 'a.liquid' %}" },
    ],
    "templates/a.liquid:1:1 TEMPLATE_SYNTAX The template renders itself, directly or through others.",
  ],
  [
    "a long chain of conditions",
    [{ path: "rules/r.json", text: rule('{ "$condition": "c4999" }') }, ...chain(5000, (to) => to)],
    "conditions/c4950.json:1:17 RULE_CONDITION_TOO_LARGE Conditions name each other more than 50 deep.",
  ],
];

test.each(GENERATED.map(([name, files, ...said]) => [name, { files, said }] as const))("%s", (_, { files, said }) => {
  check(
    files,
    said.map((says) => ({ says })),
  );
});
