import type { Value } from "@backstitch/core/values";

/** Multidimensional arrays have at most six dimensions. */
const DEEPEST = 6;

/** Up to what ends an unquoted element, or starts something else. */
const PLAIN = { ",": /[^{},"\\]+/y, ";": /[^{};"\\]+/y };

/** Between elements; of boxes, which have commas in them, a semicolon. */
export type Delimiter = keyof typeof PLAIN;

/**
 * An array as the server prints it: `{1,NULL,"a \"b\"",{…}}`; lower bounds (`[0:1]={…}`) are dropped.
 * `undefined`: the text is not an array. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function parseArray(text: string, element: (text: string) => Value, delimiter: Delimiter = ","): Value | undefined {
  const start = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const state = { text, at: start, element, delimiter };
  const value = text[start] === "{" ? list(state, 1) : undefined;
  return state.at === text.length ? value : undefined;
}

interface State {
  readonly text: string;
  at: number;
  readonly element: (text: string) => Value;
  readonly delimiter: Delimiter;
}

function list(state: State, depth: number): Value[] | undefined {
  const items: Value[] = [];
  state.at += 1;
  if (state.text[state.at] === "}") {
    state.at += 1;
    return items;
  }
  for (;;) {
    const value = item(state, depth);
    if (value === undefined) return undefined;
    items.push(value);
    const next = state.text[state.at++];
    if (next === "}") return items;
    if (next !== state.delimiter) return undefined;
  }
}

function item(state: State, depth: number): Value | undefined {
  const first = state.text[state.at];
  if (first === "{") return depth < DEEPEST ? list(state, depth + 1) : undefined;
  if (first === '"') return quoted(state);
  const pattern = PLAIN[state.delimiter];
  pattern.lastIndex = state.at;
  const plain = pattern.exec(state.text)?.[0];
  if (plain === undefined) return undefined;
  state.at += plain.length;
  return plain === "NULL" ? null : state.element(plain);
}

function quoted(state: State): Value | undefined {
  const { text } = state;
  let end = state.at + 1;
  let escaped = false;
  for (; text[end] !== '"'; end += 1) {
    if (end >= text.length) return undefined;
    if (text[end] === "\\") {
      escaped = true;
      end += 1;
    }
  }
  const inner = text.slice(state.at + 1, end);
  state.at = end + 1;
  return state.element(escaped ? inner.replace(/\\([\s\S])/g, "$1") : inner);
}
