import type { Place, Problem } from "@backstitch/core/rules";
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import type { Located } from "./located.ts";
import { LocatedFile, valueOf } from "./located-file.ts";
import { parsePlain } from "./parse-plain.ts";
import { placesOf } from "./place.ts";

/** What reading a file gave: it is `located` where there is no error among the problems. */
export interface ReadJson {
  readonly located: Located | undefined;
  readonly problems: readonly Problem[];
}

const LARGEST_BYTES = 1_048_576;
/** Of one UTF-16 unit in UTF-8. */
const MOST_BYTES = 3;
const DEEPEST = 64;
const MOST_SYNTAX_PROBLEMS = 10;
/** Members of the parser's `SyntaxKind`, a const enum that cannot be imported where types are only stripped. */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 };

export interface ReadJsonOptions {
  /** Where JSON is broken, quotes what stands there. False for files that somebody may have written a secret into. @default true */
  readonly quotes?: boolean;
}

/** Reads JSON with comments (no trailing commas), at most 1 MB and 64 levels deep. Every problem has its line and column. */
export function readJson(file: string, text: string, { quotes = true }: ReadJsonOptions = {}): ReadJson {
  const body = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
  const large = text.length > LARGEST_BYTES / MOST_BYTES && Buffer.byteLength(text) > LARGEST_BYTES;
  const plain = large ? undefined : parsePlain(body, DEEPEST);
  if (plain !== undefined) return { located: new LocatedFile({ file, text: body, value: plain.value }), problems: [] };
  const problems: Problem[] = [];
  const placeAt = placesOf(file, text);
  const add = (offset: number, code: string, message: string, remedy?: string): void => {
    const place: Place = placeAt(offset);
    problems.push({ place, code, severity: "error", message, ...(remedy === undefined ? {} : { remedy }) });
  };
  if (large) {
    add(0, "JSON_TOO_LARGE", `The file has ${Buffer.byteLength(text)} bytes; at most ${LARGEST_BYTES} are read.`);
    return { located: undefined, problems };
  }
  const tooDeep = deeperThan(body, DEEPEST);
  if (tooDeep !== undefined) {
    add(tooDeep, "JSON_TOO_DEEP", `Arrays and objects are nested more than ${DEEPEST} levels deep.`);
    return { located: undefined, problems };
  }
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { disallowComments: false, allowTrailingComma: false });
  for (const error of onePerPlace(errors)) add(error.offset, "JSON_SYNTAX", sentenceOf(error, body, quotes));
  if (root !== undefined && problems.length === 0) reportDuplicates(root, add);
  const usable = root !== undefined && problems.length === 0;
  return { located: usable ? new LocatedFile({ file, text: body, value: valueOf(root, body), tree: root }) : undefined, problems };
}

/** The parser recurses and would overflow the stack; the scanner does not. */
function deeperThan(text: string, deepest: number): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth--;
    else if ((token === TOKEN.openBrace || token === TOKEN.openBracket) && ++depth > deepest) return scanner.getTokenOffset();
  }
  return undefined;
}

/** The parser goes on after an error and often stumbles over the same place again. */
function onePerPlace(errors: readonly ParseError[]): ParseError[] {
  const seen = new Set<number>();
  return errors.filter(({ offset }) => !seen.has(offset) && seen.add(offset)).slice(0, MOST_SYNTAX_PROBLEMS);
}

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidNumberFormat: "This is not a number",
  PropertyNameExpected: "A property name in double quotes is expected here",
  ValueExpected: "A value is expected here",
  ColonExpected: "A colon is expected here",
  CommaExpected: "A comma is expected here",
  CloseBraceExpected: "A closing brace is missing here",
  CloseBracketExpected: "A closing bracket is missing here",
  EndOfFileExpected: "The file should end here",
  UnexpectedEndOfComment: "This comment is not closed",
  UnexpectedEndOfString: "This text is not closed by a quote",
  UnexpectedEndOfNumber: "This number is not complete",
  InvalidUnicode: "This is not a Unicode escape",
  InvalidEscapeCharacter: "This is not an escape that JSON knows",
  InvalidCharacter: "Control characters must be escaped in a text",
};

function sentenceOf({ error, offset, length }: ParseError, text: string, quotes: boolean): string {
  const stands = text.slice(offset, offset + Math.min(length, 40)).trim();
  const found = quotes || /^[{}[\],:]$/.test(stands) ? stands : "";
  const code = printParseErrorCode(error);
  if (code === "InvalidSymbol" && found !== "") return `${JSON.stringify(found)} is not JSON.`;
  const sentence = EXPECTED[code] ?? "This is not JSON";
  return found === "" ? `${sentence}.` : `${sentence}, not ${JSON.stringify(found)}.`;
}

function reportDuplicates(node: Node, add: (offset: number, code: string, message: string, remedy: string) => void): void {
  const names = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (node.type !== "object") reportDuplicates(child, add);
    else {
      const [key, value] = child.children ?? [];
      if (key !== undefined && names.has(key.value)) {
        add(
          key.offset,
          "JSON_DUPLICATE_KEY",
          `The name ${JSON.stringify(key.value)} is given twice.`,
          "Only one of them can be meant: remove the other.",
        );
      }
      names.add(key?.value);
      if (value !== undefined) reportDuplicates(value, add);
    }
  }
}
