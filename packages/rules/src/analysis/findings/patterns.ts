import type { Problem } from "@backstitch/core/rules";
import { RE2JS } from "re2js";
import type { Mark } from "../../condition/marks.ts";
import { shown } from "../../condition/shown.ts";
import { everyLeaf } from "../leaves.ts";
import type { Check } from "../study.ts";
import { markOf, warning, type Said } from "../warning.ts";

/** Patterns that are larger or say less than they seem to. */
export const patterns: Check = {
  finds: {
    REGEX_ALWAYS: "a pattern that is found in every text",
    REGEX_NEVER: "a pattern that is found in no text",
    REGEX_POINTLESS: "`.*` at the beginning or the end of a pattern, which is searched for anyway",
    REGEX_COSTLY: "a pattern that is large once its repetitions are unrolled",
    REGEX_DOT: "an unescaped dot that looks as if it were meant for itself",
  },
  *find(study) {
    for (const leaf of everyLeaf(study)) {
      if (leaf.kind !== "test" || leaf.operator !== "$regex" || leaf.operand.kind !== "literal") continue;
      const mark = markOf(study.marks, leaf);
      if (mark !== undefined && typeof leaf.operand.value === "string") yield* ofPattern(mark, leaf.operand.value);
    }
  },
};

const MANY_INSTRUCTIONS = 1_000;
const ENDINGS = "com|net|org|edu|gov|info|io|ch|de|at|li|fr|it|uk|eu|us|example|pdf|png|jpe?g|gif|zip|csv|xml|json|html?";
const LOOKS_LIKE_NAME = new RegExp(`(?:^|[^\\\\])[a-z0-9]\\.(?:${ENDINGS})(?![a-z0-9(?*+{])`, "i");

function* ofPattern(mark: Mark, pattern: string): Iterable<Problem> {
  const [flags = ""] = /^\(\?[ims]+\)/.exec(pattern) ?? [];
  const body = pattern.slice(flags.length);
  const quoted = shown(body);
  const size = RE2JS.compile(pattern).programSize();
  if (size > MANY_INSTRUCTIONS) {
    const message = `The pattern ${quoted} has ${size} steps once its repetitions are unrolled, and each text is tried against them.`;
    yield warning(mark, { code: "REGEX_COSTLY", message, remedy: "Repeat less, or test the length elsewhere." });
  }
  const found = everyText(body, flags, quoted) ?? noText(body, flags, quoted) ?? pointless(body, flags, quoted) ?? dot(body, quoted);
  if (found !== undefined) yield warning(mark, found);
}

/** Without assertions, a pattern that finds the empty text finds it at the beginning, or at the end, of any. */
function everyText(body: string, flags: string, quoted: string): Said | undefined {
  const said: Said = {
    code: "REGEX_ALWAYS",
    message: `The pattern ${quoted} is found in every text.`,
    remedy: 'Write {"$regex": "."} for any text that is not empty, or remove it.',
  };
  if (/^\^?\.\*\$$/.test(body)) return flags.includes("s") || body.startsWith(".") ? said : undefined;
  const begun = body.startsWith("^") ? body.slice(1) : body;
  if (assertion(begun) || !RE2JS.compile(begun).test("")) return undefined;
  return said;
}

function assertion(body: string): boolean {
  return /[$^]|\\[bBAz]/.test(body.replaceAll(/\\[^bBAz]|\[\^/g, ""));
}

const ATOM = /\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\[]/gsu;

/** Only where it is plain to see: no groups, no alternatives, no lines, no quotations, and nothing in braces, which may be a count of none. */
function noText(body: string, flags: string, quoted: string): Said | undefined {
  if (/[(|]/.test(body) || flags.includes("m")) return undefined;
  const atoms = Array.from(body.matchAll(ATOM), ([atom]) => atom);
  if (atoms.includes("{") || atoms.includes("\\Q")) return undefined;
  const takes = atoms.map((atom, index) => !/^[\^$?*+{]$|^\\[bBAz]$/.test(atom) && !/^[?*{]$/.test(atoms[index + 1] ?? ""));
  const begins = atoms.lastIndexOf("^");
  const ends = atoms.indexOf("$");
  const late = begins > 0 && takes.slice(0, begins).includes(true);
  const early = ends !== -1 && takes.slice(ends + 1).includes(true);
  if (!late && !early) return undefined;
  const message = `The pattern ${quoted} is found in no text: ${late ? "something stands before its beginning, ^" : "something stands after its end, $"}.`;
  return { code: "REGEX_NEVER", message, remedy: "A sign that is meant for itself has a backslash: \\^ and \\$." };
}

function pointless(body: string, flags: string, quoted: string): Said | undefined {
  if (body.includes("|")) return undefined;
  const [begin] = /^\^?\.\*\??(?=.)/s.exec(body) ?? [];
  const [, end] = /[^\\](\.\*\??\$?)$/s.exec(body) ?? [];
  const part = begin ?? end;
  if (part === undefined) return undefined;
  const where = begin === undefined ? "at the end" : "at the beginning";
  const lines = /[$^]/.test(part) && !flags.includes("s") ? ", except in texts of several lines" : "";
  const message = `"${part}" ${where} of ${quoted} changes nothing: a pattern is searched for anywhere in the text${lines}.`;
  return { code: "REGEX_POINTLESS", message, remedy: "Remove it." };
}

function dot(body: string, quoted: string): Said | undefined {
  if (!LOOKS_LIKE_NAME.test(body.replaceAll(/\[[^\]]*\]/g, ""))) return undefined;
  const message = `A dot in ${quoted} stands for any character.`;
  return { code: "REGEX_DOT", message, remedy: "A dot that is meant for itself is written \\\\. in JSON." };
}
