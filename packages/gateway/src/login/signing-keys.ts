import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from "jose";
import type { Database, Queries } from "../postgres/database.ts";
import { DAY_MS, instant, MINUTE_MS } from "./time.ts";

/** What access tokens are signed by, and nothing else. */
export const ALGORITHM = "ES256";
/** How long an access token is good. */
export const ACCESS_MS = 30 * MINUTE_MS;
/** Processes look so often whether there is another key. */
export const LOOK_EVERY_MS = MINUTE_MS;
/** An unknown key may be one that another process has just made: it is looked for, and not at each request. */
const LOOK_AT_MOST_EVERY_MS = 5_000;

export interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The keys that all processes over one database share. */
export interface SigningKeys {
  current(): SigningKey;
  /** By which a token is verified; undefined: none of ours, or not any more. */
  verifying(id: string): Promise<CryptoKey | undefined>;
  /** https://www.rfc-editor.org/rfc/rfc7517 */
  published(): readonly JWK[];
  /** Reads them anew, and makes another where the newest is old. */
  look(): Promise<void>;
}

export interface SigningKeysOptions {
  readonly database: Database;
  readonly now: () => number;
  /** Days. */
  readonly keyDays: number;
  /** A key is not known any more: what was verified by it was not. */
  readonly forgotten: () => void;
}

interface Known {
  readonly id: string;
  readonly signing: CryptoKey;
  readonly verifying: CryptoKey;
  readonly published: JWK;
}

export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  let known: ReadonlyMap<string, Known> = new Map();
  let lookedAt = 0;
  const look = async (): Promise<void> => {
    lookedAt = options.now();
    const rows = await currentRows(options);
    const next = await Promise.all(rows.map(async ({ id, jwk }) => known.get(id) ?? keyOf(id, jwk)));
    const before = known;
    known = new Map(next.map((one) => [one.id, one]));
    if ([...before.keys()].some((id) => !known.has(id))) options.forgotten();
  };
  await look();
  return {
    look,
    current() {
      const [newest] = known.values();
      if (newest === undefined) throw new Error("There is no key to sign with.");
      return { id: newest.id, key: newest.signing };
    },
    async verifying(id) {
      if (!known.has(id) && options.now() - lookedAt >= LOOK_AT_MOST_EVERY_MS) await look();
      return known.get(id)?.verifying;
    },
    published: () => [...known.values()].map(({ published }) => published),
  };
}

interface StoredKey {
  readonly id: string;
  readonly jwk: JWK;
  readonly createdAt: number;
}

/** The newest first. */
async function currentRows({ database, now, keyDays }: SigningKeysOptions): Promise<readonly StoredKey[]> {
  const isFresh = ([newest]: readonly StoredKey[]): boolean => newest !== undefined && now() - newest.createdAt < keyDays * DAY_MS;
  const stored = await readKeys(database, now());
  if (isFresh(stored)) return stored;
  return database.transaction(async (queries) => {
    await queries.query("SELECT pg_advisory_xact_lock(hashtextextended('backstitch/login/keys', 0))", []);
    const latest = await readKeys(queries, now());
    if (isFresh(latest)) return latest;
    await addKey(queries, now());
    return readKeys(queries, now());
  });
}

async function readKeys(queries: Queries, at: number): Promise<readonly StoredKey[]> {
  const rows = await queries.query(
    `SELECT id, private_key, extract(epoch FROM created_at) * 1000 AS created FROM backstitch.login_signing_key
     WHERE verifies_until IS NULL OR verifies_until > $1::timestamptz ORDER BY created_at DESC, id`,
    [instant(at)],
  );
  return rows.map((row) => ({
    id: row["id"] ?? "",
    jwk: JSON.parse(row["private_key"] ?? "{}") as JWK,
    createdAt: Number(row["created"]),
  }));
}

/** Other processes sign with the one before until they look. */
async function addKey(queries: Queries, at: number): Promise<void> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const until = instant(at + ACCESS_MS + 2 * LOOK_EVERY_MS);
  await queries.query("UPDATE backstitch.login_signing_key SET verifies_until = $1::timestamptz WHERE verifies_until IS NULL", [until]);
  await queries.query("INSERT INTO backstitch.login_signing_key (id, private_key, created_at) VALUES ($1, $2::jsonb, $3::timestamptz)", [
    await calculateJwkThumbprint(jwk),
    JSON.stringify(jwk),
    instant(at),
  ]);
}

async function keyOf(id: string, jwk: JWK): Promise<Known> {
  const { kty, crv, x, y } = jwk;
  const open = { kty, crv, x, y } as JWK;
  const [signing, verifying] = await Promise.all([importJWK(jwk, ALGORITHM), importJWK(open, ALGORITHM)]);
  if (signing instanceof Uint8Array || verifying instanceof Uint8Array) throw new Error("A stored key is of another kind.");
  return { id, signing, verifying, published: { ...open, kid: id, alg: ALGORITHM, use: "sig" } };
}
