import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { backfillPostgres, postgresSource, setupPostgres, type PostgresSourceOptions } from "@backstitch/sources/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshOptions, openDatabase, readEvents } from "./support/database.ts";

let server: LocalPostgres;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.stop());

test("users and sessions of the gateway are no events, though the publication has all tables, and no rule can name them", async () => {
  const database = await openDatabase(server.url);
  try {
    await database.run(
      "CREATE SCHEMA backstitch",
      "CREATE TABLE backstitch.login_password (user_id text PRIMARY KEY, hash text)",
      "CREATE TABLE backstitch.gateway_idempotency (id text PRIMARY KEY)",
      "CREATE TABLE backstitch.other (id int PRIMARY KEY)",
      "CREATE TABLE login_password (id int PRIMARY KEY)",
      "INSERT INTO backstitch.login_password VALUES ('before', 'hash')",
      "INSERT INTO login_password VALUES (1)",
    );
    const options = freshOptions(database);
    await database.run(`CREATE PUBLICATION backstitch_${options.name} FOR ALL TABLES`);
    await setupPostgres(options, [{ collection: "login_password", needsBefore: false }]);
    await database.run(
      "INSERT INTO backstitch.login_password VALUES ('ada', 'hash')",
      "WITH secret AS (INSERT INTO backstitch.login_password VALUES ('bob', 'hash')) INSERT INTO login_password VALUES (2)",
      "INSERT INTO backstitch.gateway_idempotency VALUES ('digest')",
      "UPDATE backstitch.login_password SET hash = 'another'",
      "DELETE FROM backstitch.login_password",
      "INSERT INTO backstitch.other VALUES (3)",
    );
    const read = async (from: PostgresSourceOptions, count: number) =>
      (await readEvents(postgresSource(from), count)).map(({ collection, after }) => `${collection} ${JSON.stringify(after)}`);
    expect(await read(options, 2)).toEqual(['login_password {"id":2}', 'backstitch.other {"id":3}']);
    await database.run("INSERT INTO backstitch.login_password VALUES ('eve', 'hash')");
    const whole = freshOptions(database, { snapshot: "all" });
    await database.run(`CREATE PUBLICATION backstitch_${whole.name} FOR ALL TABLES`);
    await setupPostgres(whole, []);
    expect((await read(whole, 3)).toSorted()).toEqual(['backstitch.other {"id":3}', 'login_password {"id":1}', 'login_password {"id":2}']);
    await expect(backfillPostgres(whole, ["backstitch.login_password"])).rejects.toThrow(
      `"backstitch.login_password" is the gateway's own`,
    );
    await expect(setupPostgres(options, [{ collection: "backstitch.login_password", needsBefore: false }])).rejects.toThrow(
      `Source "${options.name}": "backstitch.login_password" is the gateway's own: its changes are no events, since it holds what nobody may read.`,
    );
  } finally {
    await database.close();
  }
});
