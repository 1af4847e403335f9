import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, textOf } from "./markdown.ts";

/** Where the clauses of docs/rules.md stand. */
export const CLAUSES_PAGE = "docs/rules/clauses.md";

/** One numbered sentence that a rule can rely on. */
export interface Clause {
  readonly id: string;
  readonly text: string;
}

/** What a case shows: the clauses that it names, or else those that its file names for all. */
export interface Showing {
  /** Its file and name, for people. */
  readonly name: string;
  readonly clauses: readonly string[];
  /** The whole case as it is written. */
  readonly written: string;
}

/** Every item of every list on the page, whether it is written as a clause or not. */
export function itemsOf(page: string): readonly string[] {
  return textOf(page)
    .split("\n")
    .filter((line) => /^\s*(?:[-*+]|\d+\.) /.test(line));
}

export function clauseOf(item: string): Clause | undefined {
  const [, id, text] = /^- \*\*([A-Z]+-[1-9]\d*)\*\* (.+)$/.exec(item) ?? [];
  return id === undefined || text === undefined ? undefined : { id, text };
}

interface CaseFile {
  readonly clauses?: readonly string[];
  readonly cases: readonly { readonly name: string; readonly clauses?: readonly string[] }[];
}

/** All cases of the rule compiler. */
export function readShowings(): readonly Showing[] {
  return globSync("packages/rules/cases/**/*.json", { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const { clauses: ofAll = [], cases } = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as CaseFile;
      return cases.map((item) => ({ name: `${file}: ${item.name}`, clauses: item.clauses ?? ofAll, written: JSON.stringify(item) }));
    });
}
