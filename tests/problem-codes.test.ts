import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, textOf } from "./support/markdown.ts";

/** What begins the codes of a file's shape, and what ends them. */
const SHAPES = ["RULE", "RULE_ARGUMENT", "GUARD", "TEST", "EVENT", "COLLECTION"];
const KINDS = ["KEY_UNKNOWN", "KEY_MISSING", "TYPE", "VALUE_UNKNOWN", "VALUE_INVALID"];

const page = textOf("docs/rules.md");
const source = globSync("packages/rules/src/**/*.ts", { cwd: ROOT })
  .map((file) => readFileSync(join(ROOT, file), "utf8"))
  .join("\n");

/** Those that the rules package names itself; a shape's are made of two parts. */
const named = new Set(
  [...source.matchAll(/"((?:JSON|RULE|TEMPLATE|GUARD|TEST|EVENT|ARGUMENTS?|EACH|CONDITION|REGEX|DATA|VALUES)_[A-Z_]+)"/g)].map(
    ([, code = ""]) => code,
  ),
);
const ofShape = SHAPES.flatMap((shape) => KINDS.map((kind) => `${shape}_${kind}`));
const rows = page.split("\n").flatMap((line) => {
  const [, code, cells] = /^\| `([A-Z]+_[A-Z_]+)`\s*\|(.*)\|$/.exec(line) ?? [];
  return code === undefined || cells === undefined ? [] : [{ code, cells: cells.split(/(?<!\\)\|/).map((cell) => cell.trim()) }];
});
const told = new Set(rows.map(({ code }) => code));

describe("what can be wrong with rules", () => {
  test("is told by the page, every code of it", () => {
    const shaped = new Set([...ofShape, ...SHAPES]);
    const missing = [...named].filter((code) => !shaped.has(code) && !told.has(code));
    expect(missing).toEqual([]);
    expect(named.size).toBeGreaterThan(70);
  });

  test("is told once for the shape of every file", () => {
    expect(KINDS.filter((kind) => !told.has(`RULE_${kind}`))).toEqual([]);
    expect(SHAPES.filter((shape) => !page.includes(`\`${shape}_…\``))).toEqual([]);
    const shapes = [...source.matchAll(/schemaProblems\([^;]*?code: "([A-Z_]+)"/g)].map(([, shape = ""]) => shape);
    expect(new Set(shapes)).toEqual(new Set(SHAPES));
  });

  test("has something to do about it beside each", () => {
    expect(rows.filter(({ cells }) => cells.length !== 2 || cells.includes("")).map(({ code }) => code)).toEqual([]);
  });

  test("is what the code says: the page tells of no other", () => {
    expect([...told].filter((code) => !named.has(code) && !ofShape.includes(code) && !findings().includes(code))).toEqual([]);
  });
});

/** The generated table is held against the analysis elsewhere. */
function findings(): readonly string[] {
  const [, table = ""] = /<!-- generate: findings -->([\s\S]*?)<!-- \/generate -->/.exec(page) ?? [];
  return [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = ""]) => code);
}
