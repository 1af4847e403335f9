import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Journal } from "@backstitch/core/journal";
import { openSqliteJournal } from "@backstitch/journals/sqlite";
import { twilioPeer } from "@backstitch/sandbox";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { judge, type Seen, type Verdict } from "./judge.ts";
import { type Running, startBackstitch } from "./process.ts";
import { environmentOf, lifeOf, SCHEMA, writeCrashProject } from "./project.ts";
import { createRandom } from "../support/random.ts";
import { type Sink, startSink } from "./sink.ts";
import { prepareItems, recount, write, type Written } from "./writer.ts";

export interface CrashOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Rows written over all rounds. */
  readonly rows: number;
  /** Of a hundred rounds, so many kill the PostgreSQL server instead of the process. */
  readonly serverPercent: number;
  readonly tell: (line: string) => void;
}

/** A process that works lives at most so long before it is killed. Milliseconds. */
const LONGEST_LIFE_MS = 1_500;
/** Of a hundred rounds, so many may kill while the process is still starting; the others wait until it works. */
const STARTING_PERCENT = 25;
const WORKS_WITHIN_MS = 15_000;
const SETTLE_WITHIN_MS = 120_000;

/** Writes rows, kills what writes them on at random moments, lets everything come to rest, and judges. */
export async function crashRounds(options: CrashOptions): Promise<Verdict & { readonly events: number }> {
  const { rounds, seed, rows, tell } = options;
  const random = createRandom(seed);
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(await mkdtemp(join(tmpdir(), "backstitch-crash-")), (path) => rm(path, { recursive: true, force: true }));
  const postgres = started.adopt(await startPostgres(), (one) => one.stop());
  let life = 0;
  const sink = started.adopt(await startSink(createRandom(seed + 1)), (one) => one.close());
  const twilio = started.adopt(await twilioPeer(), (one) => one.close());
  await prepareDatabase(postgres.url);
  const written = await prepareItems(postgres.url);
  const firstRows = written.rows;
  await writeCrashProject(folder, { sink: sink.url, twilio: twilio.url });

  const start = (): Running => startBackstitch(folder, environmentOf(life, postgres.url));
  let running = start();
  started.defer(() => running.kill());
  for (let round = 1; round <= rounds; round += 1) {
    const serverDies = random.below(100) < options.serverPercent;
    const writing = write(postgres.url, Math.ceil(rows / rounds), written, random).catch(() => undefined);
    if (random.below(100) >= STARTING_PERCENT) await somethingArrives(sink, life);
    await wait(random.below(LONGEST_LIFE_MS));
    if (serverDies) {
      await killServer(postgres);
      await writing;
      await recount(postgres.url, written);
    } else {
      await running.kill();
      life += 1;
      running = start();
      await writing;
    }
    tell(
      `round ${round}: killed ${serverDies ? "PostgreSQL" : "backstitch"}; ${written.rows} rows written, ${sink.arrivals.length} versions and ${twilio.received().length} texts arrived`,
    );
  }
  await write(postgres.url, rows - (written.rows - firstRows), written, random);
  const journal = await openBeside(join(folder, ".backstitch/journal.db"), running);
  const unsettled = await comeToRest(journal, written, running);
  await running.stop();
  const texts = twilio.received().map(({ fields, headers }) => ({ id: Number(fields["Body"]), life: lifeOf(headers["authorization"]) }));
  const seen: Seen = {
    arrivals: sink.arrivals,
    texts,
    ...(await lookInto(journal)),
    unsettled,
  };
  await journal.close();
  return { ...judge(written, seen), events: written.rows };
}

async function somethingArrives(sink: Sink, life: number): Promise<void> {
  const giveUpAt = Date.now() + WORKS_WITHIN_MS;
  while (sink.arrivals.at(-1)?.life !== life && Date.now() < giveUpAt) await wait(10);
}

/** Waits for the journal's first owner, and opens it beside the owner. */
async function openBeside(path: string, running: Running): Promise<Journal> {
  const giveUpAt = Date.now() + SETTLE_WITHIN_MS;
  while (!existsSync(path)) {
    if (Date.now() > giveUpAt) throw new Error(`No journal was made:\n${running.lastWords()}`);
    await wait(50);
  }
  await wait(500);
  return openSqliteJournal({ path, owner: "beside" });
}

async function prepareDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
  const tables = ["item", "text"].map((collection) => ({ collection, needsBefore: false }));
  await setupPostgres({ name: "shop", connectionString: url }, tables);
}

async function killServer(postgres: LocalPostgres): Promise<void> {
  await postgres.kill();
  await postgres.restart();
}

/** Waits until every event is recorded and nothing moves by itself. Returns how many deliveries are left without an end state. */
async function comeToRest(journal: Journal, written: Written, running: Running): Promise<number> {
  const giveUpAt = Date.now() + SETTLE_WITHIN_MS;
  for (;;) {
    const { events, deliveries } = await journal.counts();
    const { pending, claimed, started, waiting, uncertain } = deliveries;
    const open = pending + claimed + started + waiting + uncertain;
    if (open === 0 && events >= written.rows) return 0;
    if (Date.now() > giveUpAt) {
      console.error(running.lastWords());
      return open;
    }
    await wait(100);
  }
}

async function lookInto(journal: Journal): Promise<Pick<Seen, "held" | "eventsInJournal" | "unaccounted">> {
  const held = await journal.deliveries({ states: ["held"], limit: 1_000_000 });
  return {
    held: new Map(held.map((record) => [Number(record.args?.["body"]), record])),
    eventsInJournal: (await journal.counts()).events,
    unaccounted: await journal.verify(),
  };
}
