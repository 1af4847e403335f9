/**
 * Records, starts and settles until it is killed, and says on standard output, a JSON line each, what the journal has acknowledged.
 * Arguments: the journal's path, or the URL of its server; a seed.
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import type { Outcome } from "@backstitch/core/connector";
import type { ClaimedDelivery } from "@backstitch/core/journal";
import { openPostgresJournal } from "@backstitch/journals/postgres";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { batch, CLAIM_ALL, delivery } from "./batches.ts";
import { randomFrom } from "./random.ts";

// It is killed before it could write it down as it ends.
flushCompileCache();

const [, , path = "", seed = "1"] = process.argv;
const random = randomFrom(Number(seed));
const journal = path.startsWith("postgres://")
  ? await openPostgresJournal({ connectionString: path, as: "work" })
  : openSqliteJournal({ path, owner: "take" });
const LANES = 7;

/** A pipe takes a line of this size whole or not at all. */
const say = (line: unknown): void => void writeSync(1, `${JSON.stringify(line)}\n`);

async function work(claims: readonly ClaimedDelivery[]): Promise<void> {
  const started = await journal.start(claims.filter(() => random() < 0.8).map((one) => one.claim));
  say({ started: started.map((token) => token.id) });
  const settled = claims.filter(() => random() < 0.8);
  const state = random() < 0.7 ? "accepted" : "rejected";
  const outcome: Outcome = state === "accepted" ? { kind: state, receipt: {} } : { kind: state, code: "NO", reason: "No." };
  await journal.settle(settled.map(({ claim, attempts }) => ({ claim, outcome, attempts: attempts + 1, next: { state } })));
  say({ settled: settled.map((one) => one.id), state });
}

const last = (await journal.positions("shop")).get("0");
for (let number = last === undefined ? 0 : Number(last) + 1; ; number += 1) {
  const deliveries = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, index) =>
    delivery(`${number}-${index}`, { lane: `lane-${Math.floor(random() * LANES)}` }),
  );
  const { batch: next, matched } = batch(number, deliveries);
  const claims = await journal.record(next, matched, "hash", random() < 0.5 ? CLAIM_ALL : { ...CLAIM_ALL, room: new Map() });
  say({ recorded: number, events: deliveries.map((one) => one.eventId) });
  await work(claims);
  await work(await journal.claim(CLAIM_ALL));
}
