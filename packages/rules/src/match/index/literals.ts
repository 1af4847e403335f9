import type { Texts } from "./node.ts";
import { SHORTEST_PART } from "./text-index.ts";

/** One way for a pattern to match: what a text must hold, in order, with anything between. */
interface Alternative {
  readonly runs: readonly string[];
  /** The first run is where the text begins. */
  readonly starts: boolean;
  /** The last run is where the text ends. */
  readonly ends: boolean;
}

/** Texts of which one is in every text that an RE2 pattern matches. Undefined where there are none, or where it is not sure. */
export function requiredTexts(pattern: string): Texts | undefined {
  if (pattern.includes("\\Q")) return undefined;
  const [flags = ""] = /^(?:\(\?[ims]+\))*/.exec(pattern) ?? [];
  const alternatives = scan(Array.from(pattern.slice(flags.length)), flags.includes("m"));
  if (alternatives === undefined) return undefined;
  if (flags.includes("i")) return all("folded", alternatives, ({ runs }) => longest(runs.flatMap(foldable)), SHORTEST_PART);
  const start = ({ runs, starts }: Alternative): string => (starts ? (runs[0] ?? "") : "");
  const end = ({ runs, ends }: Alternative): string => (ends ? (runs.at(-1) ?? "") : "");
  return (
    all("start", alternatives, start, SHORTEST_PART) ??
    all("end", alternatives, end, SHORTEST_PART) ??
    all("part", alternatives, ({ runs }) => longest(runs), SHORTEST_PART) ??
    all("start", alternatives, start, 1) ??
    all("end", alternatives, end, 1)
  );
}

// oxlint-disable-next-line max-params -- the kind, of what, and how long at least
function all(by: Texts["by"], alternatives: readonly Alternative[], pick: (one: Alternative) => string, least: number): Texts | undefined {
  const texts = alternatives.map(pick);
  return texts.every(({ length }) => length >= least) ? { by, texts: [...new Set(texts)] } : undefined;
}

function longest(runs: readonly string[]): string {
  return runs.reduce((best, run) => (run.length > best.length ? run : best), "");
}

/** Without regard to case "s" is also the long s, which has no other small letter; beyond ASCII there is more of that. */
function foldable(run: string): readonly string[] {
  return run.toLowerCase().split(/[^\0-\x7f]|s/);
}

interface Scan {
  readonly characters: readonly string[];
  at: number;
  runs: string[];
  /** Characters that follow each other since the last thing that is no character. */
  run: string[];
  starts: boolean;
}

/** Undefined: it holds what this does not know. */
function scan(characters: readonly string[], lines: boolean): readonly Alternative[] | undefined {
  const state: Scan = { characters, at: 0, runs: [], run: [], starts: false };
  const alternatives: Alternative[] = [];
  let begins = true;
  let ends = false;
  const close = (): void => {
    // The first run counts as the beginning, and the last as the end, even where it is empty.
    const runs = [...state.runs, state.run.join("")];
    alternatives.push({ runs, starts: state.starts, ends });
    Object.assign(state, { runs: [], run: [], starts: false });
    begins = true;
    ends = false;
  };
  while (state.at < characters.length) {
    const character = characters[state.at] ?? "";
    const next = characters[state.at + 1] ?? "";
    if (ends && character !== "|") {
      ends = false;
      cut(state);
    }
    if (character === "|") {
      state.at++;
      close();
      continue;
    }
    if (character === "^" || character === "$") {
      if (/[*+?{]/.test(next)) return undefined;
      if (character === "$") ends = !lines;
      else if (begins && !lines) state.starts = true;
      else cut(state);
      if (character === "$" && lines) cut(state);
      state.at++;
    } else if (!step(state, character, next)) return undefined;
    begins = false;
  }
  close();
  return alternatives;
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };

/** One atom or quantifier; false where it is not known what it means. */
function step(state: Scan, character: string, next: string): boolean {
  switch (character) {
    case "\\":
      state.at += 2;
      if (/[^A-Za-z0-9]/.test(next)) state.run.push(next);
      else if (Object.hasOwn(CONTROLS, next)) state.run.push(CONTROLS[next] ?? "");
      else if (/[dDwWsSbBAz]/.test(next)) cut(state);
      else return false;
      return true;
    case ".":
      state.at++;
      return cut(state);
    case "[":
      return skipClass(state) && cut(state);
    case "(":
      return skipGroup(state) && cut(state);
    case "*":
    case "+":
    case "?":
    case "{":
      return quantify(state, character);
    case ")":
      return false;
    default:
      state.at++;
      state.run.push(character);
      return true;
  }
}

function cut(state: Scan): true {
  state.runs.push(state.run.join(""));
  state.run = [];
  return true;
}

/** What comes at least once stays, and what follows is no longer next to it. */
function quantify(state: Scan, character: string): boolean {
  const rest = state.characters.slice(state.at, state.at + 12).join("");
  const [whole, least = character === "+" ? "1" : "0"] = /^(?:[*+?]|\{(\d{1,4})(?:,\d{0,4})?\})/.exec(rest) ?? [];
  if (whole === undefined) return false;
  if (Number(least) === 0) state.run.pop();
  state.at += whole.length + (rest[whole.length] === "?" ? 1 : 0);
  return cut(state);
}

function skipClass(state: Scan): boolean {
  const { characters } = state;
  let at = state.at + 1;
  if (characters[at] === "^") at++;
  for (let first = true; at < characters.length; at++, first = false) {
    const character = characters[at];
    if (character === "[") return false;
    if (character === "\\") at++;
    else if (character === "]" && !first) {
      state.at = at + 1;
      return true;
    }
  }
  return false;
}

/** Nothing of it is required. Flags that are set for what follows are not known here. */
function skipGroup(state: Scan): boolean {
  const { characters } = state;
  if (/^\(\?[A-Za-z-]*\)/.test(characters.slice(state.at, state.at + 12).join(""))) return false;
  let depth = 0;
  while (state.at < characters.length) {
    const character = characters[state.at];
    if (character === "[") {
      if (!skipClass(state)) return false;
      continue;
    }
    state.at += character === "\\" ? 2 : 1;
    if (character === "(") depth++;
    else if (character === ")" && --depth === 0) return true;
  }
  return false;
}
