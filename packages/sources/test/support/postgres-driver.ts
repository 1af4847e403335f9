import type { SourceChange, SourceDriver } from "@backstitch/core/testing";
import { postgresSource, setupPostgres } from "@backstitch/sources/postgres";
import { freshOptions, openDatabase } from "./database.ts";

/** A table of a database of its own. */
export async function postgresDriver(serverUrl: string, needsBefore = false): Promise<SourceDriver> {
  const database = await openDatabase(serverUrl);
  await database.run("CREATE TABLE item (id int PRIMARY KEY, name text)");
  const options = freshOptions(database, { batch: { events: 10 } });
  await setupPostgres(options, [{ collection: "item", needsBefore }]);
  return {
    source: () => postgresSource(options),
    write: (changes) => database.run(`BEGIN; ${changes.map(sqlOf).join("; ")}; COMMIT`),
    async lose() {
      await database.run(`SELECT pg_drop_replication_slot('backstitch_${options.name}')`);
      await setupPostgres(options, [{ collection: "item", needsBefore }]);
      await database.run("INSERT INTO item VALUES (1000, 'after the gap')");
    },
    async close() {
      await database.run(`SELECT pg_drop_replication_slot('backstitch_${options.name}')`);
      await database.close();
    },
  };
}

function sqlOf(change: SourceChange): string {
  const name = "name" in change ? `'${change.name.replaceAll("'", "''")}'` : "";
  switch (change.operation) {
    case "insert":
      return `INSERT INTO item VALUES (${change.id}, ${name})`;
    case "update":
      return `UPDATE item SET name = ${name} WHERE id = ${change.id}`;
    case "delete":
      return `DELETE FROM item WHERE id = ${change.id}`;
  }
}
