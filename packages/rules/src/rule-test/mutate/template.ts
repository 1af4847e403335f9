import { Tokenizer, TypeGuards } from "liquidjs";
import type { Siblings } from "./change.ts";
import { nudgedText, pathsBeside } from "./operands.ts";

/** One small change of a template's text. */
export interface TextChange {
  /** Where in the text. */
  readonly offset: number;
  /** `after.name → after.nick` */
  readonly says: string;
  readonly text: string;
}

/** What stands inside braces, as far as it can be mistaken. */
interface Lexeme {
  readonly kind: "path" | "number" | "operator" | "bar";
  readonly text: string;
  readonly at: number;
}

/** The inside of one pair of braces. */
interface Inside {
  readonly from: number;
  readonly to: number;
  /** Undefined: it is printed. */
  readonly tag: string | undefined;
}

const LEXEMES =
  /'[^']*'|"[^"]*"|(?<path>[A-Za-z_][\w-]*(?:\.\w[\w-]*|\[(?:'[^']*'|"[^"]*"|-?\d+)\])*)|(?<number>-?\d+(?:\.\d+)?)|(?<operator>[=!<>]=|[<>])|(?<bar>\|)/g;
const KINDS = ["path", "number", "operator", "bar"] as const;
const OPERATORS: Readonly<Record<string, string>> = {
  "==": "!=",
  "!=": "==",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  and: "or",
  or: "and",
};
/** Elsewhere `or` stands between values. */
const CONDITIONAL = ["if", "elsif", "unless"];

/** Changes of what a template reads, compares and passes on; its words are left alone. */
export function* templateChanges(text: string, siblings: Siblings): Generator<TextChange> {
  for (const inside of insidesOf(text)) {
    const lexemes = lexemesIn(text, inside);
    for (const [index, lexeme] of lexemes.entries()) {
      if (lexeme.kind === "bar")
        yield withoutFilter(text, lexeme, lexemes.slice(index + 1).find(({ kind }) => kind === "bar")?.at ?? inside.to);
      else for (const to of instead(lexeme, inside, siblings)) yield swapped(text, lexeme, to);
    }
  }
}

function instead({ kind, text }: Lexeme, { tag }: Inside, siblings: Siblings): readonly string[] {
  if (kind === "number") return nudgedText(text);
  const operator = kind === "operator" || CONDITIONAL.includes(tag ?? "") ? OPERATORS[text] : undefined;
  if (operator !== undefined) return [operator];
  return kind === "path" ? pathsBeside(text, siblings) : [];
}

/** Neither of comments nor of what is printed as it is written. */
function insidesOf(text: string): readonly Inside[] {
  const insides: Inside[] = [];
  let inComment = false;
  for (const token of new Tokenizer(text).readTopLevelTokens()) {
    const tag = TypeGuards.isTagToken(token) ? token.name : undefined;
    if (tag === "comment") inComment = true;
    if (tag === "endcomment") inComment = false;
    if (inComment || tag === "#" || !TypeGuards.isDelimitedToken(token)) continue;
    const [from, to] = token.contentRange;
    insides.push({ from, to, tag });
  }
  return insides;
}

function lexemesIn(text: string, { from, to }: Inside): readonly Lexeme[] {
  return [...text.slice(from, to).matchAll(LEXEMES)].flatMap(({ groups = {}, 0: found, index }) => {
    const kind = KINDS.find((name) => groups[name] !== undefined);
    return kind === undefined ? [] : [{ kind, text: found, at: from + index }];
  });
}

function swapped(text: string, { at, text: from }: Lexeme, to: string): TextChange {
  return { offset: at, says: `${from} → ${to}`, text: text.slice(0, at) + to + text.slice(at + from.length) };
}

function withoutFilter(text: string, { at }: Lexeme, end: number): TextChange {
  return { offset: at, says: `left out ${text.slice(at, end).trim()}`, text: text.slice(0, at) + text.slice(end) };
}
