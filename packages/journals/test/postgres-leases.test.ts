import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "@backstitch/core/journal";
import { deliveryId } from "@backstitch/core/rules";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

const NOTHING = { ...CLAIM_ALL, room: new Map<string, number>() };
const MIGRATIONS = join(import.meta.dirname, "../migrations/postgres");

const leases = (schema: string): Promise<readonly unknown[]> => server.sql(`SELECT deliveries, claims FROM ${schema}.lease`);

async function accept(
  journal: Journal,
  claims: readonly { readonly claim: { readonly id: string; readonly number: number } }[],
): Promise<void> {
  const outcome = { kind: "accepted", receipt: {} } as const;
  await journal.settle(claims.map(({ claim }) => ({ claim, outcome, attempts: 1, next: { state: "accepted" } })));
}

test("what a call claimed is leased until the last of it is settled, also where several calls settle it at once", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b"), delivery("c"), delivery("d")]);
  await journal.record(first, matched, "hash", NOTHING);
  const [a, b, c, d] = await journal.claim(CLAIM_ALL);
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four were to be claimed");
  await journal.start([a.claim, b.claim]);
  expect((await journal.counts()).deliveries).toMatchObject({ claimed: 2, started: 2, pending: 0 });
  await accept(journal, [a]);
  await Promise.all([accept(journal, [b]), accept(journal, [c])]);
  expect(await leases(schema)).toHaveLength(1);
  await accept(journal, [d]);
  expect(await leases(schema)).toEqual([]);
  expect((await journal.counts()).deliveries).toMatchObject({ claimed: 0, started: 0, accepted: 4 });
  expect(await journal.verify()).toEqual([]);
  await journal.close();
});

test("what is due is claimed at once, however many calls of other services lapsed before it", async () => {
  const clock = { now: Date.parse("2026-03-01T12:00:00Z") };
  const journal = await server.open(server.freshSchema(), { clock: () => clock.now });
  const services = [...Array<string>(20).fill("mail"), "sms"];
  const deliveries = services.map((service, index) => delivery(`e-${index}`, { service }));
  const { batch: first, matched } = batch(0, deliveries);
  await journal.record(first, matched, "hash", NOTHING);
  for (const service of services) {
    expect(await journal.claim({ ...CLAIM_ALL, room: new Map([[service, 1]]) })).toHaveLength(1);
    clock.now += 1;
  }
  clock.now += CLAIM_ALL.leaseMs;
  expect((await journal.claim(CLAIM_ALL)).map(({ eventId }) => eventId)).toEqual(["e-20"]);
  expect((await journal.counts()).deliveries).toMatchObject({ pending: 20, claimed: 1 });
  await journal.close();
});

test("a claim that nothing would ever end is found by verify", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const [claimed] = await journal.record(first, matched, "hash", CLAIM_ALL);
  expect(await journal.verify()).toEqual([]);
  await server.sql(`DELETE FROM ${schema}.lease`);
  expect(await journal.verify()).toMatchObject([{ id: claimed?.id, code: "NEVER_DUE" }]);
  await journal.close();
});

test("claims that an older Backstitch made are ended when its worker comes back", async () => {
  const schema = server.freshSchema();
  await migrateTo(schema, "003");
  const delivering = (id: string, state: string, name: string): string => `
    INSERT INTO delivery (event, recorded_at, next_at, entry, worker, call, bytes, attempts, claim, claims, place, uncertain, redriven, purged, id, state, service, lane, args)
    SELECT 1, 1, clock_ms() + 60000, 1, number, 7, 2, 0, 1, 1, 1, false, false, false, '${id}', '${state}', 'sms', '${id}', '{}' FROM worker WHERE name = '${name}'`;
  await inSchema(
    schema,
    "INSERT INTO worker (name, epoch, pid, host, started_at) VALUES ('mine', 1, 1, 'here', 1), ('gone', 1, 2, 'there', 1)",
    'INSERT INTO entry (rule, holds, body) VALUES (\'r\', false, \'{"rule":"r","then":"t","action":"send","ifUncertain":"retry","ruleSetHash":"h"}\')',
    "INSERT INTO event (id, recorded_at, body, unmatched) VALUES ('e', 1, '{}', false)",
    delivering("claimed", "claimed", "mine"),
    delivering("started", "started", "mine"),
    delivering("elsewhere", "claimed", "gone"),
  );
  const journal = await server.open(schema, { worker: "mine" });
  expect((await journal.counts()).deliveries).toMatchObject({ pending: 1, uncertain: 1, claimed: 1 });
  expect(await journal.verify()).toEqual([]);
  const again = await journal.claim(CLAIM_ALL);
  expect(again.map(({ id, uncertain }) => [id, uncertain])).toEqual([
    ["claimed", false],
    ["started", true],
  ]);
  await journal.close();
});

test("statements that were planned while the tables were empty still look for nothing but what they are asked for", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  await inSchema(schema, "VACUUM ANALYZE delivery", "VACUUM ANALYZE event", "VACUUM ANALYZE lease");
  const ROWS = 2_000;
  const turn = async (number: number, ids: readonly string[]): Promise<void> => {
    const { batch: next, matched } = batch(
      number,
      ids.map((id) => delivery(id)),
    );
    await journal.record(next, matched, "hash", NOTHING);
    for (let claims = await journal.claim(CLAIM_ALL); claims.length > 0; claims = await journal.claim(CLAIM_ALL)) {
      await journal.start(claims.map(({ claim }) => claim));
      await accept(journal, claims);
    }
  };
  // A connection keeps the plan that it made first.
  for (let few = 0; few < 20; few += 1) await turn(few, [`few-${few}`]);
  const all = Array.from({ length: ROWS / 10 }, (_, ten) => Array.from({ length: 10 }, (_, index) => `many-${ten}-${index}`));
  for (const [index, ids] of all.entries()) await turn(20 + index, ids);
  expect(await journal.delivery(deliveryId(delivery("many-0-0").key))).toMatchObject({ state: "accepted" });
  await journal.close();
  const [row] = await server.sql("SELECT sum(idx_tup_read)::int AS read FROM pg_stat_user_indexes WHERE schemaname = $1", [schema]);
  expect(Number(row?.["read"]) / ROWS).toBeLessThan(20);
});

/** An older journal: its first migrations alone. */
async function migrateTo(schema: string, last: string): Promise<void> {
  await server.sql(`CREATE SCHEMA ${schema}`);
  await inSchema(
    schema,
    "CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
  );
  for (const name of readdirSync(MIGRATIONS)
    .toSorted()
    .filter((one) => one.slice(0, 3) <= last)) {
    await inSchema(schema, readFileSync(join(MIGRATIONS, name), "utf8"));
    await server.sql(`INSERT INTO ${schema}.migration (number, name) VALUES ($1, $2)`, [Number(name.slice(0, 3)), name]);
  }
}

async function inSchema(schema: string, ...statements: readonly string[]): Promise<void> {
  await server.sql(`SET search_path = ${schema}`);
  for (const statement of statements) await server.sql(statement);
  await server.sql("RESET search_path");
}
