import { loadSdk } from "../shared/load-sdk.ts";

/** Of larger or deeper HTML no text is made: the converter's time grows with the square of both. */
const LONGEST = 262_144;
const DEEPEST = 500;

const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;
/** Elements that have no end. */
const VOID = new Set(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]);

/** What readers without HTML see of it; undefined: nothing. */
export async function textOf(html: string): Promise<string | undefined> {
  if (html.length > LONGEST || depthOf(html) > DEEPEST) return undefined;
  const { convert } = await loadSdk("ses", "html-to-text", () => import("html-to-text"));
  const text = convert(html, {
    wordwrap: 78,
    selectors: [
      { selector: "img", format: "skip" },
      { selector: "a", options: { hideLinkHrefIfSameAsText: true } },
    ],
  });
  return text.trim() === "" ? undefined : text;
}

/** How many elements are open at the most, where none ends without being told to. */
function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, ends, name = ""] of html.matchAll(TAG)) {
    if (VOID.has(name.toLowerCase())) continue;
    depth = ends === "/" ? Math.max(depth - 1, 0) : depth + 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
