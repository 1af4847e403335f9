import { Client } from "pg";
import { startPostgres, type LocalPostgres as TestPostgres } from "@backstitch/sandbox/postgres";

export { startPostgres, type TestPostgres };

let databases = 0;

/** A database of its own on a test server, with a connection to it. */
export interface Database extends AsyncDisposable {
  readonly url: string;
  /** What the project of `SHOP` is told of it. */
  readonly environment: { readonly DATABASE_URL: string; readonly SLOT: string };
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}

export async function openDatabase(server: TestPostgres, schema: string): Promise<Database> {
  const name = `test_${process.pid}_${++databases}`;
  const admin = await connected(server.url);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = server.url.replace(/\/[^/]*$/, `/${name}`);
  const client = await connected(url);
  await client.query(schema);
  return {
    url,
    // A slot's name belongs to the whole server.
    environment: { DATABASE_URL: url, SLOT: name },
    sql: async (text, values = []) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
    async [Symbol.asyncDispose]() {
      await client.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active", [
        name,
      ]);
      await client.end();
    },
  };
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  // The server is stopped after the tests.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
