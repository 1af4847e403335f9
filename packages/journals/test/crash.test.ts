import { join } from "node:path";
import type { DeliveryRecord, Journal } from "@backstitch/core/journal";
import { deliveryId } from "@backstitch/core/rules";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { expect, test } from "vitest";
import { delivery } from "./support/batches.ts";
import { runChild } from "./support/child.ts";
import { temporaryFolder } from "./support/folder.ts";
import { checkLanes } from "./support/lanes.ts";
import { startJournalServer } from "./support/postgres.ts";
import { randomFrom } from "./support/random.ts";

const ROUNDS = 10;
/** There a check takes longer. */
const POSTGRES_ROUNDS = 5;

/** What the killed process had been told is durable, over all rounds. */
interface Acknowledged {
  position: number;
  readonly events: Set<string>;
  readonly started: Set<string>;
  readonly settled: Map<string, string>;
}

test(
  `killed ${ROUNDS} times while it writes to a file: nothing acknowledged is lost, nothing is half recorded`,
  { timeout: 120_000 },
  async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "journal.db");
    await killAndCheck(ROUNDS, path, async () => openSqliteJournal({ path, owner: "take" }));
  },
);

test(`killed ${POSTGRES_ROUNDS} times while it writes to PostgreSQL: the same`, { timeout: 240_000 }, async () => {
  const server = await startJournalServer();
  try {
    await killAndCheck(POSTGRES_ROUNDS, server.postgres.url, () => server.open("backstitch"));
  } finally {
    await server.stop();
  }
});

/** @param place What the child is told of the journal that `open` opens */
async function killAndCheck(rounds: number, place: string, open: () => Promise<Journal>): Promise<void> {
  const random = randomFrom(20_260_301);
  const told: Acknowledged = { position: -1, events: new Set(), started: new Set(), settled: new Map() };
  for (let round = 0; round < rounds; round += 1) {
    await using child = runChild("worker.ts", place, String(round + 1));
    await child.said(1 + Math.floor(random() * 400));
    await child.kill();
    for (const line of child.lines) note(told, JSON.parse(line) as Line);
    const journal = await open();
    await check(journal, told, `round ${round}`);
    await journal.close();
  }
  expect(told.settled.size).toBeGreaterThan(rounds);
}

interface Line {
  readonly recorded?: number;
  readonly events?: readonly string[];
  readonly started?: readonly string[];
  readonly settled?: readonly string[];
  readonly state?: string;
}

function note(told: Acknowledged, line: Line): void {
  if (line.recorded !== undefined) told.position = line.recorded;
  for (const id of line.events ?? []) told.events.add(id);
  for (const id of line.started ?? []) told.started.add(id);
  for (const id of line.settled ?? []) told.settled.set(id, line.state ?? "");
}

async function check(journal: Journal, told: Acknowledged, round: string): Promise<void> {
  const records = await journal.deliveries({ limit: 1_000_000 });
  const byId = new Map(records.map((record) => [record.id, record]));
  const position = Number((await journal.positions("shop")).get("0") ?? -1);
  expect(position, `${round}: the position`).toBeGreaterThanOrEqual(told.position);
  expect(position, `${round}: at most the batch that was not acknowledged`).toBeLessThanOrEqual(told.position + 1);
  expect(
    [...told.events].filter((id) => !byId.has(deliveryId(delivery(id).key))),
    `${round}: events that are lost`,
  ).toEqual([]);
  const batchOf = ({ eventId }: DeliveryRecord): number => Number(eventId.split("-")[0]);
  expect(
    records.filter((record) => batchOf(record) > position),
    `${round}: of a batch that was not recorded`,
  ).toEqual([]);
  expect(
    records.filter(({ state }) => state === "claimed" || state === "started"),
    `${round}: claims that outlive their process`,
  ).toEqual([]);
  const without: string[] = [];
  for (const { eventId } of records) if ((await journal.event(eventId)) === undefined) without.push(eventId);
  expect(without, `${round}: events that deliveries lack`).toEqual([]);
  expect(
    [...told.settled].filter(([id, state]) => byId.get(id)?.state !== state),
    `${round}: settled otherwise`,
  ).toEqual([]);
  expect(
    [...told.started].filter((id) => byId.get(id)?.outcomes.length === 0),
    `${round}: started without an outcome`,
  ).toEqual([]);
  expect((await journal.counts()).events, `${round}: events seen`).toBe(records.length);
  checkLanes(records, round);
}
