import type { Driver } from "./driver.ts";

/** A resume token. Beside its text it may have type bits, without which a key that holds decimals is not found again. */
export interface Token {
  readonly _data: string;
}

/** Undefined: there is none. */
export function tokenOf(value: unknown): Token | undefined {
  const isToken = typeof value === "object" && value !== null && "_data" in value && typeof value._data === "string";
  return isToken ? (value as Token) : undefined;
}

/** A position is a resume token as Extended JSON. */
export function formatPosition({ BSON }: Driver, token: Token): string {
  return BSON.EJSON.stringify(token, { relaxed: false });
}

/** Undefined: the text is not a position of this source. */
export function parsePosition({ BSON }: Driver, text: string): Token | undefined {
  try {
    return tokenOf(BSON.EJSON.parse(text, { relaxed: false }));
  } catch {
    return undefined;
  }
}

/**
 * When the change was that the token follows, to the second, in RFC 3339: a token begins with the type of a timestamp (82), then its seconds.
 * Undefined: this server writes them otherwise.
 */
export function timeOfToken({ _data }: Token): string | undefined {
  const seconds = /^82([0-9A-F]{8})/i.exec(_data)?.[1];
  return seconds === undefined ? undefined : new Date(parseInt(seconds, 16) * 1_000).toISOString().replace(".000Z", "Z");
}
