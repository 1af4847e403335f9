import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { ChangeEvent } from "@backstitch/core/source";
import { canonicalText, type Row } from "@backstitch/core/values";
import { postgresSource, setupPostgres } from "@backstitch/sources/postgres";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshOptions, openDatabase, until } from "./support/database.ts";
import { newRecords, readOver, replay, snapshotIsDone } from "./support/replay.ts";

let server: LocalPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** The first byte of a query. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const QUERY = 0x51;

/** On the connection by which a table is read. */
const READS_TABLE = "row_security";

/** The way to the server, on which something is done before each query of a reader of tables passes. */
async function wayTo(url: string, act: () => Promise<void>): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets: Socket[] = [];
  let acting = Promise.resolve();
  const way = createServer((near) => {
    const far = connect(Number(new URL(url).port), "127.0.0.1");
    let passed = Promise.resolve();
    let readsTable = false;
    sockets.push(near, far);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    far.on("data", (bytes) => near.write(bytes));
    near.on("data", (bytes) => {
      readsTable ||= bytes.includes(READS_TABLE);
      if (readsTable && bytes[0] === QUERY) passed = acting = passed.then(act);
      passed = passed.then(() => void far.write(bytes));
    });
  });
  await new Promise<void>((listening) => way.listen(0, "127.0.0.1", listening));
  return {
    url: Object.assign(new URL(url), { host: `127.0.0.1:${(way.address() as AddressInfo).port}` }).href,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => way.close(closed));
      await acting;
    },
  };
}

const ROWS = 30;

/** Of every ten rows one is changed, one goes and comes, one has another key for a while, and seven stay as they are. */
function changes(round: number): readonly string[] {
  return [
    `UPDATE item SET n = ${round} WHERE id % 10 = 1`,
    round % 2 === 0 ? `INSERT INTO item SELECT i, ${round} FROM generate_series(2, ${ROWS}, 10) i` : "DELETE FROM item WHERE id % 10 = 2",
    `UPDATE item SET id = -id WHERE abs(id) % 10 = 3`,
    `BEGIN; UPDATE item SET n = -1; ROLLBACK`,
  ];
}

test("what is changed between any two queries by which a table is read never comes as it was", async () => {
  const database = await openDatabase(server.url);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, n int)", `INSERT INTO item SELECT i, 0 FROM generate_series(1, ${ROWS}) i`);
  const options = freshOptions(database, { snapshot: ["item"], batch: { events: 2 } });
  await setupPostgres(options, [{ collection: "item", needsBefore: true }]);
  const records = newRecords();
  const all = (): readonly ChangeEvent[] => records.batches.flatMap(({ events }) => events);
  let rounds = 0;
  {
    await using way = await wayTo(database.url, async () => {
      rounds += 1;
      await database.run(...changes(rounds));
      await until(() => all().some(({ origin, after }) => origin === "log" && after?.["n"] === rounds));
    });
    await readOver(postgresSource({ ...options, connectionString: way.url }), records, {
      enough: () => snapshotIsDone(records, "snapshot/initial/item"),
    });
  }
  await database.run("INSERT INTO item VALUES (0, 0)");
  await readOver(postgresSource(options), records, { enough: () => all().some(({ key }) => key?.["id"] === 0) });
  const rows = (await database.rows("SELECT id, n FROM item")) as readonly Row[];
  expect(replay(all())).toEqual(new Map(rows.map((row) => [canonicalText({ id: row["id"] ?? null }), row])));
  const untouched = all()
    .filter(({ origin }) => origin === "snapshot")
    .map(({ key }) => key?.["id"]);
  expect(untouched).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1).filter((id) => ![1, 2, 3].includes(id % 10)));
  await database.close();
});
