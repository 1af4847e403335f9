import { hash } from "node:crypto";

/** `event id / rule / then entry [/ index]`: never the rule's content, or a rule edited during a retry would send twice. */
export function deliveryKey(eventId: string, rule: string, then: string, ...indexes: readonly number[]): string {
  return [eventId, rule, then, ...indexes].join("/");
}

/** Stands for the rule, and for the collection, of what a source could not read. */
export const UNREADABLE = "(unreadable)";

/** 26 base32 characters of the key's SHA-256 (its first 16 bytes): fits tags, headers and callback URLs. */
export function deliveryId(key: string): string {
  return digest(key);
}

/** A lane's name: a hash, since a row's key may be a person's address. */
export function laneId(rule: string, then: string, collection: string, key: string | null): string {
  return digest(JSON.stringify([rule, then, collection, key]));
}

/** The name of a lane that is ordered by a value instead of by row, whatever the collection. @param value A text that equal values share */
export function laneBy(rule: string, then: string, value: string): string {
  return digest(JSON.stringify([rule, then, value]));
}

/**
 * What deliveries take turns by where a value of their event says it: a hash, since the value is as long as it likes and may be a person's address.
 * @param path Where in the event: the same value elsewhere is another key
 * @param value A text that equal values share
 */
export function turnKey(path: string, value: string): string {
  return digest(JSON.stringify([path, value]));
}

/** 26 base32 characters of which nothing can be told but whether it is the same text. */
export function digest(text: string): string {
  return base32(hash("sha256", text, "buffer").subarray(0, 16));
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

function base32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}
