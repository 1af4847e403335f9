/** A worker's clock and the server's are two. */
import { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { type JournalServer, startJournalServer } from "./support/postgres.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

test.each([26, -26])("a worker whose clock is %d hours off the server's is told of times by its own", async (hours) => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + hours * 3_600_000 });
  try {
    const began = Date.now();
    const journal = await server.open(server.freshSchema(), { worker: "off" });
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
    const [a, b] = await journal.record(first, matched, "hash", CLAIM_ALL);
    if (a === undefined || b === undefined) throw new Error("both were to be claimed");
    const quotas = [{ of: "anybody", most: 1, perMs: 60_000 }];
    const [, refused] = await journal.admit([a, b].map(({ claim }) => ({ claim, quotas })));
    const roomAt = refused?.refusal?.roomAt ?? NaN;
    expect(Math.abs(roomAt - began - 60_000)).toBeLessThan(30_000);

    await journal.settle([{ claim: a.claim, attempts: 1, next: { state: "waiting", dueAt: Date.now() } }]);
    await journal.settle([{ claim: b.claim, attempts: 0, next: { state: "pending" } }]);
    const claims = await journal.claim(CLAIM_ALL);
    const triedAt = claims.find(({ eventId }) => eventId === "a")?.triedAt ?? NaN;
    expect(Math.abs(triedAt - began)).toBeLessThan(30_000);
    await journal.close();
  } finally {
    vi.useRealTimers();
  }
});

test("a clock that is set while a limit is asked about does not move when it has room", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const other = new Client({ connectionString: server.postgres.url });
  await other.connect();
  try {
    const schema = server.freshSchema();
    const journal = await server.open(schema, { worker: "set" });
    const { batch: first, matched } = batch(0, [delivery("a"), delivery("b")]);
    const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
    await other.query(`BEGIN; LOCK TABLE ${schema}.admitted IN SHARE MODE`);
    const asking = journal.admit(claims.map(({ claim }) => ({ claim, quotas: [{ of: "anybody", most: 1, perMs: 60_000 }] })));
    await vi.waitUntil(async () => (await server.sql("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'")).length > 0);
    vi.setSystemTime(Date.now() - 26 * 3_600_000);
    await other.query("COMMIT");
    const roomAt = (await asking)[1]?.refusal?.roomAt ?? NaN;
    expect(Math.abs(roomAt - Date.now() - 60_000)).toBeLessThan(30_000);
    await journal.close();
  } finally {
    vi.useRealTimers();
    await other.end();
  }
});
