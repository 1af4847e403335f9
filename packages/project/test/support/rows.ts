import { describe, expect, it } from "vitest";
import { ENVIRONMENT, linesOf, load, type Files } from "./project.ts";

/** Files, the lines that are printed for them, and the environment where it is another than {@link ENVIRONMENT}. */
export type Row = readonly [name: string, files: Files, lines: readonly string[], environment?: Readonly<Record<string, string>>];

/** Loads each row, and holds that a project with a problem is none and that no line has a secret in it. */
export function checkRows(name: string, rows: readonly Row[]): void {
  describe(`problems of ${name}`, () => {
    const named = rows.map(([name, files, lines, environment = ENVIRONMENT]) => ({ name, files, lines, environment }));
    it.each(named)("$name", async ({ files, lines, environment }) => {
      const loaded = await load(files, environment);
      expect(linesOf(loaded)).toEqual(lines);
      expect(loaded.project === undefined).toBe(lines.length > 0);
      expect(linesOf(loaded).join("\n")).not.toContain("hunter2-canary");
    });
  });
}
