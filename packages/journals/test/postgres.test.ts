import { setImmediate as turn } from "node:timers/promises";
import type { ClaimedDelivery, Journal } from "@backstitch/core/journal";
import { deliveryId, deliveryKey, type NewDelivery } from "@backstitch/core/rules";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { batch, CLAIM_ALL, delivery, event } from "./support/batches.ts";
import { checkLanes } from "./support/lanes.ts";
import { startJournalServer, type JournalServer } from "./support/postgres.ts";
import { randomFrom } from "./support/random.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: JournalServer;
beforeAll(async () => (server = await startJournalServer()));
afterAll(() => server.stop());

const NOTHING = { ...CLAIM_ALL, room: new Map<string, number>() };

/** What happens in the lanes, over all workers. */
interface Watch {
  readonly underWay: Set<string>;
  readonly done: Map<string, string[]>;
  settled: number;
}

/** Claims and settles until everything is settled. */
async function work(journal: Journal, watch: Watch, { total, random }: { total: number; random: () => number }): Promise<void> {
  while (watch.settled < total) {
    const claims = await journal.claim({ ...CLAIM_ALL, room: new Map([["sms", 1 + Math.floor(random() * 20)]]) });
    await attempt(journal, watch, claims, random);
  }
}

async function attempt(journal: Journal, watch: Watch, claims: readonly ClaimedDelivery[], random: () => number): Promise<void> {
  for (const { lane } of claims) {
    expect(watch.underWay, "two deliveries of a lane at once").not.toContain(lane);
    watch.underWay.add(lane);
  }
  await journal.start(claims.map((one) => one.claim));
  await turn();
  for (const { lane, eventId } of claims) watch.done.set(lane, [...(watch.done.get(lane) ?? []), eventId]);
  for (const { lane } of claims) watch.underWay.delete(lane);
  const state = random() < 0.5 ? "accepted" : "rejected";
  const stale = await journal.settle(claims.map(({ claim, attempts }) => ({ claim, attempts: attempts + 1, next: { state } })));
  expect(stale).toEqual([]);
  watch.settled += claims.length;
}

test("workers that record and settle in the same lanes never have one at once, keep its order and leave none behind", async () => {
  const schema = server.freshSchema();
  const [recorder, ...others] = await Promise.all(["a", "b", "c"].map((worker) => server.open(schema, { worker })));
  if (recorder === undefined) throw new Error("three were to be opened");
  const random = randomFrom(11);
  const watch: Watch = { underWay: new Set(), done: new Map(), settled: 0 };
  const wanted = new Map<string, string[]>();
  const [batches, size] = [60, 12];
  const record = async (): Promise<void> => {
    for (let number = 0; number < batches; number += 1) {
      const deliveries = Array.from({ length: size }, (_, index) =>
        delivery(`${number}-${index}`, { lane: `lane-${Math.floor(random() * 9)}` }),
      );
      for (const { lane, eventId } of deliveries) wanted.set(lane, [...(wanted.get(lane) ?? []), eventId]);
      const { batch: next, matched } = batch(number, deliveries);
      await attempt(recorder, watch, await recorder.record(next, matched, "hash", random() < 0.5 ? CLAIM_ALL : NOTHING), random);
    }
  };
  await Promise.all([record(), ...others.map((journal) => work(journal, watch, { total: batches * size, random }))]);
  expect(watch.done).toEqual(wanted);
  const { deliveries } = await recorder.counts();
  expect(deliveries.accepted + deliveries.rejected).toBe(batches * size);
  checkLanes(await recorder.deliveries({ limit: 10_000 }), "at the end");
  for (const journal of [recorder, ...others]) await journal.close();
});

test("recorders of two sources that meet in one lane have one first delivery between them", async () => {
  const schema = server.freshSchema();
  const journals = await Promise.all(["a", "b"].map((worker) => server.open(schema, { worker })));
  const meet = async (round: number): Promise<readonly ClaimedDelivery[]> => {
    const all = journals.map((journal, index) => {
      const { batch: next, matched } = batch(round, [delivery(`${round}-${index}`, { lane: `lane-${round}` })]);
      return journal.record({ ...next, source: `source-${index}` }, matched, "hash", CLAIM_ALL);
    });
    return (await Promise.all(all)).flat();
  };
  for (let round = 0; round < 30; round += 1) expect(await meet(round)).toHaveLength(1);
  for (const journal of journals) await journal.close();
});

const ODD = ["a\u0000b", "half \ud83e", '"quoted"', "x".repeat(5_000), "🪡", "{a,b}\\"];

test("names that PostgreSQL's texts cannot hold come back as they were", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema);
  const odd = (text: string): NewDelivery =>
    delivery(text, { key: deliveryKey(text, "r", "t"), rule: text, then: text, action: text, args: { [text]: text } });
  const matched = { deliveries: ODD.map(odd), failures: [], undecided: ODD.map((text) => ({ eventId: text, rule: text, paths: [text] })) };
  const short = ODD.filter((text) => text.length < 1_000);
  const events = [...ODD.map(event), event("quiet \u0000")];
  for (const text of short) {
    const first = text === short[0];
    const given = { source: text, partition: text, from: undefined, to: text, events: first ? events : [] };
    await journal.record(given, first ? matched : { deliveries: [], failures: [], undecided: [] }, "hash", NOTHING);
  }
  await journal.close();
  const again = await server.open(schema);
  for (const text of short) expect(await again.positions(text)).toEqual(new Map([[text, text]]));
  const claims = await again.claim(CLAIM_ALL);
  expect(claims.map(({ eventId, rule, then, action, lane, args }) => ({ eventId, rule, then, action, lane, args }))).toEqual(
    ODD.map((text) => ({ eventId: text, rule: text, then: text, action: text, lane: text, args: { [text]: text } })),
  );
  for (const text of ODD) {
    expect(await again.event(text)).toEqual({ event: event(text), undecided: [{ eventId: text, rule: text, paths: [text] }] });
    expect(await again.deliveries({ eventId: text, rule: text })).toMatchObject([{ id: deliveryId(odd(text).key), eventId: text }]);
  }
  expect((await again.event("quiet \u0000"))?.event.id).toBe("quiet \u0000");
  await again.close();
});

test("workers that ask at the same time are never admitted more than a quota lets through; what it counts is stored by a hash alone", async () => {
  const schema = server.freshSchema();
  const journals = await Promise.all(["a", "b", "c"].map((worker) => server.open(schema, { worker })));
  const deliveries = Array.from({ length: 30 }, (_, index) => delivery(`e${index}`));
  const { batch: first, matched } = batch(0, deliveries);
  await journals[0]?.record(first, matched, "hash", NOTHING);
  const quotas = [{ of: "to +15005550123", most: 7, perMs: 3_600_000 }];
  const ask = async (journal: Journal): Promise<number> => {
    let admitted = 0;
    for (const { claim } of await journal.claim({ ...CLAIM_ALL, room: new Map([["sms", 10]]) })) {
      const [admission] = await journal.admit([{ claim, quotas }]);
      if (admission?.refusal === undefined) admitted += 1;
    }
    return admitted;
  };
  const admitted = await Promise.all(journals.map(ask));
  expect(admitted.reduce((sum, one) => sum + one, 0)).toBe(7);
  const stored = await server.sql(`SELECT counted FROM ${schema}.admitted`);
  expect(stored.map((row) => row["counted"])).toEqual(Array(7).fill(expect.stringMatching(/^[0-9a-f]{32}$/)));
  for (const journal of journals) await journal.close();
});

test("an outcome that holds what PostgreSQL's texts cannot is read again", async () => {
  const journal = await server.open(server.freshSchema());
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
  const outcome = { kind: "unavailable", code: "ODD", reason: "a\u0000b" } as const;
  await journal.settle(claims.map(({ claim }) => ({ claim, outcome, attempts: 1, next: { state: "waiting", dueAt: 0 } })));
  const [again] = await journal.claim(CLAIM_ALL);
  if (again === undefined) throw new Error("it was to be claimed");
  expect(await journal.admit([{ claim: again.claim, quotas: [] }])).toEqual([{ refusal: undefined, codes: ["ODD"] }]);
  expect((await journal.delivery(again.id))?.outcomes).toMatchObject([{ outcome }]);
  await journal.close();
});

test("many that open a journal that is not there make it once", async () => {
  const schema = server.freshSchema();
  const journals = await Promise.all(["a", "b", "c", "d"].map((worker) => server.open(schema, { worker })));
  expect(await server.sql(`SELECT number FROM ${schema}.migration ORDER BY number`)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({ number })),
  );
  for (const journal of journals) await journal.close();
});

test("beside its workers a journal is read and redriven, and never made, recorded into or claimed from", async () => {
  const schema = server.freshSchema();
  await expect(server.open(schema, { as: "beside" })).rejects.toThrow(
    `There is no journal in the schema "${schema}" yet: "backstitch run" makes it.`,
  );
  const journal = await server.open(schema);
  const { batch: first, matched } = batch(0, [delivery("a")]);
  const claims = await journal.record(first, matched, "hash", CLAIM_ALL);
  await journal.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next: { state: "rejected" } })));
  const beside = await server.open(schema, { as: "beside" });
  const [shown] = await beside.deliveries({ states: ["rejected"] });
  await expect(beside.claim(CLAIM_ALL)).rejects.toThrow("beside its workers");
  await expect(beside.record(first, matched, "hash", CLAIM_ALL)).rejects.toThrow("beside its workers");
  expect(await beside.redrive([{ id: shown?.id ?? "" }])).toEqual([shown?.id]);
  await beside.close();
  expect(await journal.claim(CLAIM_ALL)).toMatchObject([{ id: shown?.id, attempts: 0 }]);
  await journal.close();
});

test("a journal that a newer Backstitch wrote is refused", async () => {
  const schema = server.freshSchema();
  await (await server.open(schema)).close();
  await server.sql(`INSERT INTO ${schema}.migration (number, name) VALUES (999, 'later')`);
  for (const as of ["work", "beside"] as const) {
    await expect(server.open(schema, { as })).rejects.toThrow(
      `The journal in the schema "${schema}" was written by a newer Backstitch (migration 999, here 8). Update Backstitch.`,
    );
  }
});

test("what is wrong with the connection is said without what it was configured with", async () => {
  const hunter = { connectionString: "postgres://hunter2-canary:hunter2-canary@127.0.0.1:1/x" };
  const said = async (options: object): Promise<string> => String(await server.open("x", options).catch((error: unknown) => error));
  expect(await said(hunter)).toContain("The journal's server cannot be reached (ECONNREFUSED).");
  const wrong = server.postgres.url.replace(/:[^:@]+@/, ":hunter2-canary@");
  expect(await said({ connectionString: wrong })).toContain("password authentication failed");
  expect(await said({ connectionString: "postgres://a:hunter2-canary@[" })).toContain("is not of the form postgres://user:password@host");
  for (const options of [hunter, { connectionString: wrong }]) expect(await said(options)).not.toContain("hunter2-canary");
});

test("purging adds up the tally and touches 200 rows at most", async () => {
  const schema = server.freshSchema();
  let now = 1_772_000_000_000;
  const journal = await server.open(schema, { clock: () => now });
  const all = Array.from({ length: 300 }, (_, index) => delivery(`e${index}`));
  const { batch: first, matched } = batch(0, all);
  const claims = await journal.record(first, matched, "hash", { ...CLAIM_ALL, room: new Map([["sms", 300]]) });
  await journal.settle(claims.map(({ claim }) => ({ claim, attempts: 1, next: { state: "accepted" } })));
  const before = (await journal.counts()).bytes;
  now += 7 * 86_400_000;
  expect([await journal.purge(), await journal.purge(), await journal.purge()]).toEqual([200, 100, 0]);
  now += 23 * 86_400_000;
  expect([await journal.purge(), await journal.purge(), await journal.purge()]).toEqual([200, 100, 0]);
  expect(before).toBeGreaterThan(0);
  expect(await journal.counts()).toMatchObject({ bytes: 0, events: 300, deliveries: { accepted: 0 } });
  const [row] = await server.sql(`SELECT count(*)::int AS rows FROM ${schema}.tally`);
  expect(row?.["rows"]).toBeLessThan(20);
  for (const table of ["delivery", "event", "outcome"]) expect(await server.sql(`SELECT FROM ${schema}.${table}`)).toEqual([]);
  await journal.close();
});

const HARM: readonly (readonly [code: string, sql: string, id: string])[] = [
  ["ARGUMENTS_MISSING", "UPDATE delivery SET args = NULL WHERE id = $1", "a"],
  ["EVENT_MISSING", "UPDATE delivery SET event = 999 WHERE id = $1", "a"],
  ["NEVER_DUE", "UPDATE delivery SET next_at = NULL WHERE id = $1", "a"],
  ["NEVER_DUE", "UPDATE delivery SET kept_back = true, quota = 'one that has no row' WHERE id = $1", "a"],
  ["LANE_STUCK", "UPDATE delivery SET place = 0 WHERE id = $1", "a"],
  ["OUTCOME_MISSING", "UPDATE delivery SET state = 'held' WHERE id = $1", "a"],
];

test.each(HARM)("what is harmed is found by verify: %s", async (code, sql, eventId) => {
  const schema = server.emptySchema();
  const journal = await server.open(schema);
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b", { lane: "a" })]);
  await journal.record(first, matched, "hash", NOTHING);
  expect(await journal.verify()).toEqual([]);
  const id = deliveryId(delivery(eventId).key);
  await server.sql(sql.replace("UPDATE delivery", `UPDATE ${schema}.delivery`), [id]);
  expect(await journal.verify()).toContainEqual(expect.objectContaining({ id, code }));
  await server.sql(`INSERT INTO ${schema}.tally VALUES ('rejected', 1)`);
  expect(await journal.verify()).toContainEqual({
    id: "rejected",
    code: "COUNT_WRONG",
    reason: "0 deliveries are rejected; 1 were counted.",
  });
  await journal.close();
  await server.giveBack(schema);
});

test("each process knows which of how many it is, of one journal; who goes is counted no more", async () => {
  const schema = server.freshSchema();
  const first = await server.open(schema, { worker: "a" });
  const stranger = await server.open(server.freshSchema(), { worker: "a" });
  expect([await first.seat(), await stranger.seat()]).toEqual([
    { index: 0, of: 1 },
    { index: 0, of: 1 },
  ]);
  const others = [await server.open(schema, { worker: "b" }), await server.open(schema, { worker: "c" })] as const;
  const seats = await Promise.all([first, ...others].map((journal) => journal.seat()));
  expect(seats).toEqual([0, 1, 2].map((index) => ({ index, of: 3 })));
  await others[0].close();
  expect(await others[1].seat()).toEqual({ index: 1, of: 2 });
  await first.close();
  await vi.waitFor(async () => expect(await others[1].seat()).toEqual({ index: 0, of: 1 }), 10_000);
});

test("an event that an older Backstitch kept, without what it did not know of then, is told of like others once something matches it", async () => {
  const schema = server.freshSchema();
  const journal = await server.open(schema, { events: "all" });
  const { batch: quiet } = batch(0, [delivery("a")]);
  await journal.record(quiet, { deliveries: [], failures: [], undecided: [] }, "hash", CLAIM_ALL);
  await server.sql(`UPDATE ${schema}.event SET committed_at = NULL`);
  const { batch: again, matched } = batch(1, [delivery("a")]);
  const events = again.events.map((event) => ({ ...event, hops: 2 }));
  await journal.record({ ...again, events }, matched, "hash", { ...CLAIM_ALL, room: new Map() });
  expect(await journal.claim(CLAIM_ALL)).toMatchObject([{ committedAt: Date.parse("2026-03-01T11:59:59.123Z"), hops: 2 }]);
  await journal.close();
});
