import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { HttpProblem } from "../http/problem.ts";

/** Where a page ended: the values of the sort keys, as the server prints them. */
export type Position = readonly (string | null)[];

/** Writes and reads cursors. They are encrypted: a page may end at a document that its asker may not read. */
export interface Cursors {
  /** @param of What the cursor is of; with anything else it cannot be read. */
  write(position: Position, of: string): string;
  /** @throws HttpProblem 400 */
  read(text: string, of: string): Position;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Randomness is asked of the system for so many cursors at once. */
const NONCES = 256;

/** @param bytes 32, the same for all processes that serve the collections. */
export function createCursors(bytes: Uint8Array): Cursors {
  const key = createSecretKey(bytes);
  const nextNonce = createNonces();
  return {
    write(position, of) {
      const nonce = nextNonce();
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(of));
      const sealed = [cipher.update(JSON.stringify(position), "utf8"), cipher.final()];
      return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]).toString("base64url");
    },
    read(text, of) {
      try {
        const bytes = Buffer.from(text, "base64url");
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(of)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
        return JSON.parse(opened.toString("utf8")) as Position;
      } catch {
        const remedy = 'Give what the page before has as "next", with the same sort.';
        throw new HttpProblem(400, "CURSOR_INVALID", `The cursor is none of this collection in this order. ${remedy}`);
      }
    },
  };
}

function createNonces(): () => Uint8Array {
  let bytes = new Uint8Array();
  return () => {
    if (bytes.length === 0) bytes = randomBytes(NONCES * NONCE_BYTES);
    const nonce = bytes.subarray(0, NONCE_BYTES);
    bytes = bytes.subarray(NONCE_BYTES);
    return nonce;
  };
}
