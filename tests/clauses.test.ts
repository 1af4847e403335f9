import { describe, expect, test } from "vitest";
import { LIBRARY_DECORATORS, LIBRARY_OPERATORS } from "../packages/rules/src/condition/library/operators.ts";
import { SUMMARIES } from "../packages/rules/src/condition/operators/index.ts";
import { EVENT_ROOTS, GUARD_ROOTS, ITEM_ROOTS } from "../packages/rules/src/path/resolve-path.ts";
import { liquids } from "../packages/rules/src/template/liquid.ts";
import { clauseOf, CLAUSES_PAGE, itemsOf, readShowings } from "./support/clauses.ts";
import { linksOf } from "./support/markdown.ts";

const liquid = liquids(new Map())("text");
const items = itemsOf(CLAUSES_PAGE);
const clauses = items.flatMap((item) => clauseOf(item) ?? []);
const showings = readShowings();
const ids = new Set(clauses.map(({ id }) => id));
const shown = new Set(showings.flatMap((showing) => showing.clauses));

describe("the clauses of rules", () => {
  test("are a part of the page about rules", () => {
    expect(linksOf("docs/rules.md")).toContain("rules/clauses.md");
  });

  test("are all that the page lists, each one sentence with one MUST", () => {
    const others = items.filter((item) => {
      const { text = "" } = clauseOf(item) ?? {};
      return !text.endsWith(".") || text.split("MUST").length !== 2;
    });
    expect(others).toEqual([]);
    expect(clauses.length).toBeGreaterThan(150);
  });

  test("have a number each", () => {
    const numbers = clauses.map(({ id }) => id);
    expect(numbers.filter((id, index) => numbers.indexOf(id) !== index)).toEqual([]);
  });

  test("have a case each", () => {
    expect([...ids].filter((id) => !shown.has(id))).toEqual([]);
  });

  test.each([
    ["operator", [...SUMMARIES.keys()]],
    ["operator of json-rules-engine", LIBRARY_OPERATORS],
    ["decorator of json-rules-engine", LIBRARY_DECORATORS],
    ["name that can be read", [...EVENT_ROOTS, ...ITEM_ROOTS, ...GUARD_ROOTS]],
    ["tag", Object.keys(liquid.tags)],
    ["filter", Object.keys(liquid.filters)],
  ])("say of every %s what it does, and have a case with it", (_, names) => {
    const without = names.filter((name) => {
      const about = clauses.filter(({ text }) => text.includes(`\`${name}\``) || text.includes(`\`${name}:`)).map(({ id }) => id);
      return !showings.some(({ clauses: named, written }) => named.some((id) => about.includes(id)) && hasWord(written, name));
    });
    expect(without).toEqual([]);
  });

  test.each([
    ["tag", Object.keys(liquid.tags)],
    ["filter", Object.keys(liquid.filters)],
  ])("give every %s one of its own", (_, names) => {
    expect(names.filter((name) => !clauses.some(({ text }) => text.startsWith(`\`${name}\` MUST`)))).toEqual([]);
  });

  test("have a case with every code that they name", () => {
    const without = clauses.flatMap(({ id, text }) => {
      const cases = showings.filter(({ clauses: named }) => named.includes(id));
      const codes = [...text.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, code = ""]) => code);
      return codes.filter((code) => !cases.some(({ written }) => hasWord(written, code))).map((code) => [id, code]);
    });
    expect(without).toEqual([]);
  });
});

describe("every case", () => {
  test("names a clause", () => {
    expect(showings.filter((showing) => showing.clauses.length === 0).map(({ name }) => name)).toEqual([]);
    expect(showings.length).toBeGreaterThan(800);
  });

  test("names clauses that exist, none of them twice", () => {
    const wrong = showings.filter(({ clauses: named }) => named.some((id, index) => !ids.has(id) || named.indexOf(id) !== index));
    expect(wrong.map(({ name, clauses: named }) => [name, named])).toEqual([]);
  });

  test("has a name of its own in its file", () => {
    const names = showings.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

/** `in` is not in `index`, nor `$in` in it. */
function hasWord(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w$])${word.replace("$", String.raw`\$`)}(?!\\w)`).test(text);
}
