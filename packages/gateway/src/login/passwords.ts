import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto";
import { promisify } from "node:util";
import { createGate, type Gate } from "./gate.ts";

/** Passwords are kept as argon2id makes them: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
export interface Passwords {
  /** @throws HttpProblem 503 where too many wait. */
  hash(password: string): Promise<string>;
  /** @param stored Undefined: there is none, which takes as long to find out. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

/** In KiB, and rounds: the least that OWASP recommends. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** Each holds one of the few threads that file access and name look-ups need, too. */
const AT_ONCE = 2;
const MOST_WAITING = 100;

const deriving = promisify(argon2) as (algorithm: "argon2id", parameters: Argon2Parameters) => Promise<Buffer>;

export function createPasswords(): Passwords {
  const gate = createGate({ atOnce: AT_ONCE, waiting: MOST_WAITING });
  const nobodys = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${"A".repeat(22)}$${"A".repeat(43)}`;
  return {
    async hash(password) {
      const nonce = randomBytes(SALT_BYTES);
      const made = await derive(gate, { ...COST, message: normal(password), nonce, tagLength: HASH_BYTES });
      return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(nonce)}$${base64(made)}`;
    },
    async verify(password, stored) {
      const parsed = parse(stored ?? nobodys) ?? parse(nobodys);
      if (parsed === undefined) return false;
      const { expected, ...parameters } = parsed;
      const made = await derive(gate, { ...parameters, message: normal(password), tagLength: expected.length });
      return timingSafeEqual(made, expected) && stored !== undefined;
    },
  };
}

function derive(gate: Gate, parameters: Argon2Parameters): Promise<Buffer> {
  return gate(() => deriving("argon2id", parameters));
}

/** Keyboards write the same letters in different ways: https://pages.nist.gov/800-63-4/sp800-63b.html */
function normal(password: string): string {
  return password.normalize("NFKC");
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,})\$([A-Za-z0-9+/]{43,})$/;

/** https://github.com/P-H-C/phc-string-format */
function parse(text: string): (Omit<Argon2Parameters, "message" | "tagLength"> & { readonly expected: Buffer }) | undefined {
  const [, memory = "", passes = "", parallelism = "", nonce = "", expected = ""] = PHC.exec(text) ?? [];
  if (expected === "") return undefined;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, "base64"),
    expected: Buffer.from(expected, "base64"),
  };
}
