import type { Cell } from "../pgoutput.ts";

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/**
 * One row of `COPY … TO STDOUT` in text format: the values as the server prints them.
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
 */
export function parseCopyRow(line: Buffer): readonly Exclude<Cell, undefined>[] {
  // Each message is one row and ends with a line break.
  const fields = line.toString("utf8", 0, line.length - 1).split("\t");
  return line.includes(0x5c) ? fields.map(unescaped) : fields;
}

function unescaped(field: string): string | null {
  if (field === "\\N") return null;
  return field.includes("\\") ? field.replace(/\\([\s\S])/g, (_, letter: string) => ESCAPES[letter] ?? letter) : field;
}
