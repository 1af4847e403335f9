import { parametersOf, type Parameters } from "./parameters.ts";
import { refused } from "./refused.ts";

/**
 * The path and query of a request, always under the base's path.
 * @param basePath The configured address's path.
 * @throws ConnectorError `rejected` when the path would leave the base: no `..`, no scheme, no `//host`, no query of its own.
 */
export function targetOf(basePath: string, path: string, query: Parameters = {}): string {
  const under = path === "" ? basePath : `${basePath.endsWith("/") ? basePath.replace(/\/+$/, "") : basePath}/${relativePath(path)}`;
  const parameters = parametersOf(query, "query");
  return parameters === "" ? under : `${under}?${parameters}`;
}

/** Characters that a path must not have as they are: https://url.spec.whatwg.org/#path-percent-encode-set, and all beyond ASCII. */
const TO_ENCODE = /["<>^`{|}]|\P{ASCII}+/gu;

/** Nothing of it is encoded or to be encoded, it has no "." and no ":": most paths are so, and all that is asked below is true of them. */
const PLAIN = /^\/?(?!\/)[\w~/-]*$/;

function relativePath(path: string): string {
  if (PLAIN.test(path)) return path.startsWith("/") ? path.slice(1) : path;
  if (/[\p{Cc} \\?#]/u.test(path))
    throw refused("PATH", 'The "path" has a space, control character, backslash, "?" or "#"; encode it, and give a query as "query".');
  if (/^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith("//"))
    throw refused("PATH", 'The "path" names another host; it must go on from the service\'s "baseUrl".');
  if (!path.isWellFormed() || !decoded(path).every(isInside))
    throw refused("PATH", 'The "path" has a "." or ".." segment or cannot be decoded; it must stay under the service\'s "baseUrl".');
  return path.replace(/^\//, "").replace(TO_ENCODE, encodeURIComponent);
}

/** Each segment as a server may read it: an encoded slash or backslash may part segments too, and a proxy may decode before the server does. */
function decoded(path: string): readonly string[] {
  try {
    return path.split("/").flatMap((segment) => {
      const once = decodeURIComponent(segment);
      return [once, once.replaceAll(/%(?:2e|2f|5c)/gi, (code) => decodeURIComponent(code))].flatMap((text) => text.split(/[/\\]/));
    });
  } catch {
    return [".."];
  }
}

/** Servers drop what follows a semicolon before they look for `..`. */
function isInside(segment: string): boolean {
  return !/^\.{1,2}(?:;|$)/.test(segment);
}
