import { createHmac, hash, randomBytes } from "node:crypto";

/** 256 bits that nobody guesses, as base64url: 43 characters. */
export function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Of a secret as long as this nothing slower is needed. */
export function digestOf(secret: string): string {
  return hash("sha256", secret, "base64url");
}

export function keyedDigest(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
