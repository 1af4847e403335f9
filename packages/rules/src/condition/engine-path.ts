import { parsePath } from "../path/parse-path.ts";

/**
 * The definite part of what JSONPath can say: `$.a.b`, `.a.b`, `a.b`, `$['a b'][0]`. Wildcards, slices, filters, scripts
 * and recursive descent evaluate or search, and are undefined here.
 */
export function parseEnginePath(text: string): readonly string[] | undefined {
  const body = text.replace(/^\$/, "").replace(/^\.(?!\.)/, "");
  const segments = body.startsWith("[") ? parsePath(`$${body}`)?.slice(1) : parsePath(body);
  return segments?.some((segment) => !/^['"]/.test(segment) && /[*?@()]|^-?\d*:-?\d*|,/.test(segment)) === true ? undefined : segments;
}

/** As the library's own resolver reads a definite path: own properties only, `length` of arrays and texts included. */
export function readEnginePath(value: unknown, segments: readonly string[]): unknown {
  let found = value;
  for (const segment of segments) {
    if (found === null || found === undefined || found === "" || !Object.hasOwn(Object(found) as object, segment)) return undefined;
    found = (found as Record<string, unknown>)[segment];
  }
  return found;
}
