/** Longer paths are mistakes. */
const MOST_SEGMENTS = 64;
const SEGMENT = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\['([^']*)'\]|([^.[\]]+)/y;

/** `a.b`, `a["b.c"]`, `a['b.c']`, `a.0` and `a[0]` as segments; undefined where the text is no such path. */
export function parsePath(text: string): readonly string[] | undefined {
  const segments: string[] = [];
  let at = 0;
  while (at < text.length || segments.length === 0) {
    if (segments.length > 0 && text[at] === ".") at++;
    else if (segments.length > 0 && text[at] !== "[") return undefined;
    SEGMENT.lastIndex = at;
    const match = SEGMENT.exec(text);
    if (match === null || segments.length === MOST_SEGMENTS) return undefined;
    const [whole, index, quoted, single, bare] = match;
    const segment = index ?? single ?? bare ?? unescaped(quoted ?? "");
    if (segment === undefined) return undefined;
    segments.push(propertyName(segment));
    at += whole.length;
  }
  return segments;
}

/** The same text as the engine keeps it for names of properties: what was cut out of another text is looked up anew at each read. */
function propertyName(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}

function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return undefined;
  }
}

/** The path as people write it: names with dots are quoted. */
export function pathText(segments: readonly string[]): string {
  const [first = "", ...rest] = segments;
  return first + rest.map((segment) => (/^[^.[\]"']+$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`)).join("");
}
