import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ClaimedDelivery } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { batch, CLAIM_ALL, delivery } from "./support/batches.ts";
import { temporaryFolder } from "./support/folder.ts";

/** Listing by anything but an event looks through deliveries from the newest, opening through what is ready; everything else must be as quick with millions of them. */
const MAY_SCAN = /ORDER BY delivery\.seq DESC|INDEXED BY delivery_ready/;

test("no statement that runs while deliveries flow looks through a whole table", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "journal.db");
  const texts = statementsPrepared();
  await everyCall(path);
  const db = new DatabaseSync(path);
  const scans = [...texts]
    .filter((text) => /^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(text) && !MAY_SCAN.test(text))
    .flatMap((text) => (db.prepare(`EXPLAIN QUERY PLAN ${text}`).all() as { detail: string }[]).map(({ detail }) => ({ text, detail })))
    .filter(({ detail }) => /^SCAN (delivery|event|payload|outcome|admitted|queue)\b/.test(detail));
  db.close();
  expect(scans).toEqual([]);
  expect(texts.size).toBeGreaterThan(20);
});

function statementsPrepared(): ReadonlySet<string> {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  onTestFinished(() => prepare.mockRestore());
  const texts = new Set<string>();
  prepare.mockImplementation(function (this: DatabaseSync, text: string, ...rest) {
    texts.add(text);
    return realPrepare.call(this, text, ...rest);
  });
  return texts;
}

const realPrepare = DatabaseSync.prototype.prepare;

async function everyCall(path: string): Promise<void> {
  let now = 1_772_000_000_000;
  const open = (): ReturnType<typeof openSqliteJournal> => openSqliteJournal({ path, owner: "take", clock: () => now });
  let journal = open();
  const { batch: first, matched } = batch(0, [delivery("a"), delivery("b", { lane: "a" }), delivery("c"), delivery("d")]);
  const failure = { ...delivery("f"), code: "TEMPLATE_FAILED", reason: "A template failed." };
  const undecided = [{ eventId: "u", rule: "r", paths: ["before.x"] }];
  const claims = await journal.record(first, { ...matched, failures: [failure], undecided }, "hash", CLAIM_ALL);
  await journal.start(claims.slice(0, 1).map((one) => one.claim));
  await journal.close();
  journal = open();
  const [one, two, three] = (await journal.claim(CLAIM_ALL)) as [ClaimedDelivery, ClaimedDelivery, ClaimedDelivery];
  const quotas = [{ of: "all", most: 2, perMs: 1_000 }];
  await journal.admit([one, two, three].map(({ claim }) => ({ claim, quotas })));
  const accepted = { kind: "accepted", receipt: {} } as const;
  await journal.settle([
    { claim: one.claim, outcome: accepted, attempts: 1, next: { state: "accepted" } },
    { claim: two.claim, attempts: 0, next: { state: "held" } },
    { claim: three.claim, attempts: 0, next: { state: "waiting", dueAt: now + 500, quota: { of: "all", most: 2, perMs: 1_000 } } },
  ]);
  await journal.delivery(three.id);
  now += 60_000;
  const [kept] = await journal.claim(CLAIM_ALL);
  await journal.admit(kept === undefined ? [] : [{ claim: kept.claim, quotas: [] }]);
  await journal.settle(kept === undefined ? [] : [{ claim: kept.claim, attempts: 0, next: { state: "pending" } }]);
  const note = { by: "ada", reason: "A test." };
  await journal.setPaused([{ of: "rule", name: "low-stock" }], note);
  await journal.claim(CLAIM_ALL);
  await journal.decide("hold", [three.id], note);
  await journal.decide("release", [three.id], note);
  await journal.decide("drop", [three.id], note);
  await journal.decide("forget", [three.id], note);
  await journal.setPaused([{ of: "rule", name: "low-stock" }], undefined);
  await journal.redrive([{ id: two.id }], note);
  now += 31 * 86_400_000;
  await journal.claim(CLAIM_ALL);
  for (let calls = 0; calls < 3; calls += 1) await journal.purge();
  await journal.event("c");
  await journal.deliveries({ eventId: "c" });
  await journal.delivery(one.id);
  await journal.counts();
  await journal.positions("shop");
  await journal.close();
}
