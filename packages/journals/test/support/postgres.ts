import { openPostgresJournal, type PostgresJournal, type PostgresJournalOptions } from "@backstitch/journals/postgres";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { Client } from "pg";
import { type Proxy, startProxy } from "./proxy.ts";

/** A real server for the journals of one test file, each in a schema of its own. */
export interface JournalServer {
  readonly postgres: LocalPostgres;
  /** A name for a schema that is not there yet. */
  freshSchema(): string;
  /** The journal in a schema. @param options How, beside `work` on this server */
  open(schema: string, options?: Partial<PostgresJournalOptions>): Promise<PostgresJournal>;
  /** A network of one's own on the way to the server. */
  proxy(): Promise<Proxy & { readonly url: string }>;
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startJournalServer(): Promise<JournalServer> {
  const postgres = await startPostgres({ settings: { max_connections: "200" } });
  const client = new Client({ connectionString: postgres.url });
  client.on("error", () => undefined);
  await client.connect();
  let schemas = 0;
  return {
    postgres,
    freshSchema: () => `journal_${(schemas += 1)}`,
    open: (schema, options) => openPostgresJournal({ connectionString: postgres.url, schema, as: "work", ...options }),
    async proxy() {
      const proxy = await startProxy(Number(new URL(postgres.url).port));
      const url = new URL(postgres.url);
      url.port = String(proxy.port);
      return { ...proxy, url: url.href };
    },
    sql: async (text, values = []) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
    async stop() {
      await client.end();
      await postgres.stop();
    },
  };
}
