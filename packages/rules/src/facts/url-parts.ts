import { isList, type Row, type Value } from "@backstitch/core/values";

/** What a guard sees of an argument that is a URL, as Stitch's rules saw it. */
const URL_PARTS = ["scheme", "host", "path", "query", "fragment"] as const;

export function isUrlPart(name: string | undefined): boolean {
  return (URL_PARTS as readonly (string | undefined)[]).includes(name);
}

/** An absolute URL by its parts, as those read it who dial it (https://url.spec.whatwg.org); of a list each of its elements; anything else as it is. */
export function byUrlParts(value: Value): Value {
  if (isList(value)) return value.map((item) => (typeof item === "string" ? partsOf(item) : item));
  return typeof value === "string" ? partsOf(value) : value;
}

function partsOf(text: string): Value {
  const url = URL.parse(text);
  if (url === null) return text;
  const parts: Row & Record<(typeof URL_PARTS)[number], Value> = {
    scheme: url.protocol.slice(0, -1),
    host: url.host,
    path: url.pathname,
    query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
    fragment: url.hash.slice(1),
  };
  return parts;
}
