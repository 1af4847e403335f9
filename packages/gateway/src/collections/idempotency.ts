import { canonicalText, type Row } from "@backstitch/core/values";
import { readable } from "@backstitch/rules/roles";
import { userIdOf } from "../http/asker.ts";
import { HttpProblem } from "../http/problem.ts";
import { digestOf, keyedDigest } from "../login/digest.ts";
import { DAY_MS, instant } from "../login/time.ts";
import type { Database, Queries } from "../postgres/database.ts";
import { migrate, TablesUnavailable } from "../postgres/migrate.ts";
import { storedByKey } from "./stored.ts";
import { insertEach, type InTransaction, type Writing, type Written } from "./write.ts";

/** Documents that are added once, however often the request comes. https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ */
export interface Idempotency {
  /** Adds them, all or none, or finds what was added under the key: what its asker may read of it now. @throws HttpProblem 409, 422, 501 */
  insertOnce(writing: Writing, addition: Addition): Promise<readonly Written[]>;
}

/** What is to be added, under which key. */
export interface Addition {
  readonly key: string;
  readonly objects: readonly Row[];
  /** Whether they came as a list. */
  readonly isList: boolean;
}

const TABLE = "backstitch.gateway_idempotency";
const KEPT_MS = DAY_MS;
const SWEEP_EVERY_MS = 10_000;
const MOST_SWEPT = 10_000;

interface IdempotencyOptions {
  readonly database: Database;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  readonly failed: (error: unknown) => void;
}

export function createIdempotency({ database, now = Date.now, failed }: IdempotencyOptions): Idempotency {
  const tables = onFirstUse(() => migrate(database, "idempotency"));
  let sweepAt = 0;
  return {
    async insertOnce(writing, addition) {
      await tables().catch((error: unknown) => {
        throw error instanceof TablesUnavailable ? new HttpProblem(501, "IDEMPOTENCY_UNAVAILABLE", error.message) : error;
      });
      const entry = entryOf(writing, addition);
      const at = now();
      const { written, known } = await database.transaction(async (queries) => {
        const earlier = await earlierUnder(queries, entry, at);
        if (earlier !== undefined) return { written: [], known: earlier };
        const added = await insertEach(queries, writing, addition.objects);
        await remember(queries, entry, { keys: added.map(({ key }) => key), until: at + KEPT_MS });
        return { written: added, known: undefined };
      });
      if (at >= sweepAt) {
        sweepAt = at + SWEEP_EVERY_MS;
        void sweep(database, at).catch(failed);
      }
      return known === undefined ? written : readAgain(database, writing, known);
    },
  };
}

/** What failed is tried again: somebody may have mended it. */
function onFirstUse(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    }));
}

interface Entry {
  readonly id: string;
  readonly body: string;
}

/** Digests alone: that of the body is keyed, so that nobody who reads the table finds out by trying what was sent. */
function entryOf({ collection, asker }: InTransaction, { key, objects, isList }: Addition): Entry {
  const id = digestOf(JSON.stringify([collection.rules.name, userIdOf(asker.user) ?? null, key]));
  return { id, body: keyedDigest(key, canonicalText(isList ? objects : (objects[0] ?? null))) };
}

type Keys = readonly (readonly string[])[];

/** What was added under the key before. @throws HttpProblem */
async function earlierUnder(queries: Queries, { id, body }: Entry, at: number): Promise<Keys | undefined> {
  // Nobody waits for the other with a connection in hand. It is let go after what is written can be seen.
  const [lock] = await queries.query("SELECT pg_try_advisory_xact_lock(hashtextextended('backstitch/idempotency/' || $1, 0)) AS mine", [
    id,
  ]);
  if (lock?.["mine"] !== "t")
    throw new HttpProblem(409, "IDEMPOTENCY_KEY_IN_USE", "A request with this Idempotency-Key is under way. Send it again.", {
      headers: { "retry-after": "1" },
    });
  const [row] = await queries.query(`SELECT body, keys FROM ${TABLE} WHERE id = $1 AND expires_at > $2::timestamptz`, [id, instant(at)]);
  if (row === undefined) return undefined;
  if (row["body"] !== body)
    throw new HttpProblem(422, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was sent with another body. Make one for each request.");
  return JSON.parse(row["keys"] ?? "[]") as Keys;
}

async function remember(queries: Queries, { id, body }: Entry, { keys, until }: { keys: Keys; until: number }): Promise<void> {
  await queries.query(
    `INSERT INTO ${TABLE} (id, body, keys, expires_at) VALUES ($1, $2, $3::jsonb, $4::timestamptz)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, keys = excluded.keys, expires_at = excluded.expires_at`,
    [id, body, JSON.stringify(keys), instant(until)],
  );
}

/** Under today's rules: what may not be read any more is not told again. */
async function readAgain(queries: Queries, { collection, asker }: InTransaction, keys: Keys): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const key of keys) {
    const stored = await storedByKey(queries, { collection, key });
    written.push({ document: stored && readable(collection.rules, asker, stored), key, created: true });
  }
  return written;
}

async function sweep(queries: Queries, at: number): Promise<void> {
  await queries.query(
    `DELETE FROM ${TABLE} WHERE id = ANY (ARRAY(
       SELECT id FROM ${TABLE} WHERE expires_at <= $1::timestamptz LIMIT ${MOST_SWEPT} FOR UPDATE SKIP LOCKED))`,
    [instant(at)],
  );
}
