import type { ClaimedDelivery, Journal } from "@backstitch/core/journal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

const GATE = 99;

/** Every commit that touches a delivery waits while the gate is shut. */
async function gateAt(schema: string): Promise<void> {
  await server.sql(`
    CREATE FUNCTION ${schema}.gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT OR UPDATE ON ${schema}.delivery DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${schema}.gate()`);
}

/** Resolves when so many sessions wait for a lock, or the call needs no lock and is done. */
async function waiting(sessions: number, call: Promise<unknown>): Promise<void> {
  const state = { isDone: false };
  void call.then(() => (state.isDone = true));
  const text = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while (!state.isDone && (await server.sql(text))[0]?.["n"] !== sessions);
}

const accept = (journal: Journal, claims: readonly ClaimedDelivery[]): Promise<unknown> =>
  journal.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next: { state: "accepted" } })));

const behind = (journal: Journal): Promise<readonly ClaimedDelivery[]> => {
  const { batch: next, matched } = batch(1, [delivery("b", { lane: "a" })]);
  return journal.record(next, matched, "hash", CLAIM_ALL);
};

type Calls = (journal: Journal, a: readonly ClaimedDelivery[]) => readonly [() => Promise<unknown>, () => Promise<unknown>];

/** The one call is about to commit when the other is made: whichever is first, the lane goes on. */
const ORDERS: readonly (readonly [string, Calls])[] = [
  ["a delivery is recorded behind one that is being settled", (journal, a) => [() => accept(journal, a), () => behind(journal)]],
  ["a delivery is settled while another is being recorded behind it", (journal, a) => [() => behind(journal), () => accept(journal, a)]],
];

test.each(ORDERS)("%s", async (_, callsOf) => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
  await gateAt(schema);
  await server.sql("SELECT pg_advisory_lock($1)", [GATE]);
  const [callOne, callOther] = callsOf(journal, claims);
  const one: Promise<unknown> = callOne();
  await waiting(1, one);
  const other: Promise<unknown> = callOther();
  await waiting(2, other);
  await server.sql("SELECT pg_advisory_unlock($1)", [GATE]);
  const answers = await Promise.all([one, other]);
  const claimed = answers.flat().filter((answer) => typeof answer === "object" && answer !== null && "eventId" in answer);
  const later = await journal.claim(CLAIM_ALL);
  expect([...claimed, ...later]).toMatchObject([{ eventId: "b" }]);
  await journal.close();
});
