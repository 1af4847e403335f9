import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** Every page that people read, relative to the repository. */
export const PAGES = globSync(["*.md", "docs/**/*.md", "examples/*/*.md"], { cwd: ROOT }).toSorted();

/** A fenced block: its language, what stands after that, and its text. */
export interface Block {
  readonly language: string;
  readonly about: string;
  readonly text: string;
}

export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

const BLOCK = /^```(\S*)[ \t]*([^\n]*)\n([\s\S]*?)^```$/gm;

export function blocksOf(page: string): readonly Block[] {
  return [...textOf(page).matchAll(BLOCK)].map(([, language = "", about = "", text = ""]) => ({ language, about: about.trim(), text }));
}

/** Where links lead, those inside code left out. */
export function linksOf(page: string): readonly string[] {
  const prose = textOf(page)
    .replaceAll(BLOCK, "")
    .replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}

/** What a page's headings are called in a link, as GitHub names them. */
export function anchorsOf(page: string): readonly string[] {
  const prose = textOf(page).replaceAll(BLOCK, "");
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}

/** The rows of the first table under a heading, cells as they are written. */
export function tableUnder(page: string, heading: string): readonly (readonly string[])[] {
  const [, section = ""] = textOf(page).split(new RegExp(`^#+ ${heading}$`, "m"));
  const [, table = ""] = /\n((?:\|[^\n]*\n)+)/.exec(section.split(/^#/m)[0] ?? "") ?? [];
  const cells = (row: string): string[] => row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  return table
    .trim()
    .split("\n")
    .slice(2)
    .map((row) => cells(row).slice(1, -1));
}
