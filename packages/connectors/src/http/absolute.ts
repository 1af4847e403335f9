import type { HostCheck } from "./hosts.ts";
import { parametersOf, type Parameters } from "./parameters.ts";
import { refused } from "./refused.ts";

/** Where a request to an absolute URL goes. */
export interface AbsoluteTarget {
  readonly origin: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/**
 * The parts of a URL that an action gives, as guards see them.
 * @throws ConnectorError `rejected` when it is none, has credentials, or names a host that the service does not allow.
 */
export function absoluteTarget(text: string, isAllowed: HostCheck, query: Parameters = {}): AbsoluteTarget {
  const url = urlOf(text);
  if (!isAllowed(url)) throw refused("HOST", `The "url" leads to ${url.origin}, which the service's "allowHosts" does not have. ${HOW}`);
  const search = [url.search.slice(1), parametersOf(query, "query")].filter((part) => part !== "").join("&");
  return { origin: url.origin, host: url.host, path: search === "" ? url.pathname : `${url.pathname}?${search}` };
}

/** Whatever the service allows. @throws ConnectorError `rejected` */
export function urlOf(text: string): URL {
  const url = /[\p{Cc} \\]/u.test(text) ? null : URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw refused("URL", 'The "url" is none that begins with https:// or http://, or has a space, control character or backslash.');
  if (url.username !== "" || url.password !== "") throw refused("URL", 'The "url" has credentials in it; no URL may bring its own.');
  return url;
}

const HOW = 'An entry is of https and the usual port, unless it says otherwise: "http://hooks.example.com:8080".';
