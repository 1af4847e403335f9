/** A number that is long or has an exponent may have digits that a `number` loses. In a text it may look so, too. */
const ODD_DIGITS = /\d(?:[\d.]{15}|[eE])/;
const ODD_NUMBER = /(?:^|[:,[\s])-?\d(?:[\d.]{15}|[\d.]*[eE])/;

/**
 * Most files are plain JSON, which the engine reads many times faster than a parser that knows places. Undefined: the file is not, or it may hold
 * what has to be looked at again: comments, mistakes, names that are given twice, odd numbers, too many levels.
 */
export function parsePlain(text: string, deepest: number): { readonly value: unknown } | undefined {
  if (ODD_DIGITS.test(text) && ODD_NUMBER.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return namesIn(value, deepest) === countNames(text) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** How often a quote is followed by a colon: as many names are given, or fewer where it is so within a text. */
function countNames(text: string): number {
  let names = 0;
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) {
    let before = at - 1;
    while (isSpace(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) === QUOTE) names++;
  }
  return names;
}

const QUOTE = 0x22;

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** NaN where there are more levels. */
function namesIn(value: unknown, levels: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (levels === 0) return NaN;
  let names = 0;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) names += namesIn(item, levels - 1);
    return names;
  }
  // Faster than a list of the names; what was parsed has no others than its own.
  // oxlint-disable-next-line guard-for-in
  for (const name in value) {
    const item = (value as Record<string, unknown>)[name];
    names += typeof item === "object" ? 1 + namesIn(item, levels - 1) : 1;
  }
  return names;
}
