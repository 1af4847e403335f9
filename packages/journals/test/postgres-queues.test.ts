import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ClaimedDelivery, Journal, Settlement } from "@backstitch/core/journal";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

const QUOTA = { of: "all", most: 1, perMs: 20 };

/** Asks about what is claimed: ends what is admitted, lets the rest wait. Returns how many ended. */
async function turn(journal: Journal): Promise<number> {
  const claims = await journal.claim(CLAIM_ALL);
  const admissions = await journal.admit(claims.map(({ claim }) => ({ claim, quotas: [QUOTA] })));
  const settlement = ({ claim }: ClaimedDelivery, index: number): Settlement => {
    const refusal = admissions[index]?.refusal;
    if (refusal !== undefined) return { claim, attempts: 0, next: { state: "waiting", dueAt: refusal.roomAt, quota: QUOTA } };
    return { claim, attempts: 1, outcome: { kind: "accepted", receipt: {} }, next: { state: "accepted" } };
  };
  const settlements = claims.map(settlement);
  await journal.settle(settlements);
  return settlements.filter(({ next }) => next.state === "accepted").length;
}

test("what joins a queue while another worker empties it is let out of it, too; in the end none is left", async () => {
  const schema = server.freshSchema();
  let now = 1_772_000_000_000;
  const clock = (): number => now;
  const [one, other] = [await server.open(schema, { worker: "one", clock }), await server.open(schema, { worker: "other", clock })];
  const ROWS = 40;
  let ended = 0;
  for (let number = 0; ended < ROWS; number += 1) {
    if (number < ROWS / 2) {
      const { batch: next, matched } = batch(number, [delivery(`a${number}`), delivery(`b${number}`)]);
      await one.record(next, matched, "hash", { ...CLAIM_ALL, room: new Map() });
    }
    now += QUOTA.perMs / 2;
    ended += (await Promise.all([turn(one), turn(other)])).reduce((sum, count) => sum + count, 0);
  }
  expect(await one.verify()).toEqual([]);
  now += 1_000;
  await one.claim(CLAIM_ALL);
  expect(await server.sql(`SELECT name FROM ${schema}.queue`)).toEqual([]);
  await one.close();
  await other.close();
});
