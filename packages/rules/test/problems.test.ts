import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "@backstitch/core/rules";
import { describe, expect, test } from "vitest";
import { compileRules, type RuleFile, type RuleFiles } from "../src/index.ts";
import { catalogue, surroundings } from "./catalogue.ts";

const FOLDER = join(import.meta.dirname, "..", "cases", "problems");

/** A line, or what it is made of: a piece may be repeated, so that a file can be as long as it must be. */
type Line = string | readonly (string | { readonly repeat: string; readonly times: number })[];

/** Files as lines, and what is said of them. Files that a row does not have are those of every other case. */
interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, readonly Line[]>>;
  readonly problems: readonly { readonly says: string; readonly remedy?: string }[];
}

function textOf(line: Line): string {
  if (typeof line === "string") return line;
  return line.map((piece) => (typeof piece === "string" ? piece : piece.repeat.repeat(piece.times))).join("");
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
        Object.entries(files).map(([path, lines]) => ({ path, text: lines.map(textOf).join("\n") })),
        problems,
      );
    });
  });
}

test("a chain of conditions that would overflow the stack", () => {
  const rule = {
    on: { source: "shop", collection: "orders" },
    when: { $condition: "c4999" },
    then: [{ service: "archive", action: "put", with: { key: "k", body: 1 } }],
  };
  const chain = Array.from({ length: 5000 }, (_, at) => ({
    path: `conditions/c${at}.json`,
    text: at === 0 ? '{ "after.q": 1 }' : `{ "$condition": "c${at - 1}" }`,
  }));
  const says = "conditions/c4950.json:1:17 RULE_CONDITION_TOO_LARGE Conditions name each other more than 50 deep.";
  check([{ path: "rules/r.json", text: JSON.stringify(rule) }, ...chain], [{ says }]);
});
