/** What PostgreSQL's texts cannot hold: a character 0, and half of a surrogate pair, which UTF-8 does not have. */
// oxlint-disable-next-line no-control-regex -- the character 0 is what is looked for
const ODD = /^"|\u0000|[\ud800-\udfff]/u;

/** Any text as one that PostgreSQL stores: as it is, but for those that it cannot hold, which become JSON, and those that look like that. */
export function storable(text: string): string {
  return ODD.test(text) ? JSON.stringify(text) : text;
}

/** The inverse of {@link storable}. */
export function unstorable(stored: string): string {
  return stored.startsWith('"') ? (JSON.parse(stored) as string) : stored;
}
