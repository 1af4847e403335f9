import { openPostgresJournal, type PostgresJournal, type PostgresJournalOptions } from "@backstitch/journals/postgres";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { Client } from "pg";
import { type Proxy, startProxy } from "./proxy.ts";

/** A real server for the journals of one test file, each in a schema of its own. */
export interface JournalServer {
  readonly postgres: LocalPostgres;
  /** A name for a schema that is not there yet. */
  freshSchema(): string;
  /** A schema without a journal, or with one that holds nothing, for whoever gives it back: making the tables costs more than most tests. */
  emptySchema(): string;
  /** Once its journals are closed. */
  giveBack(schema: string): Promise<void>;
  /** The journal in a schema. @param options How, beside `work` on this server */
  open(schema: string, options?: Partial<PostgresJournalOptions>): Promise<PostgresJournal>;
  /** A network of one's own on the way to the server. */
  proxy(): Promise<Proxy & { readonly url: string }>;
  sql(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** A schema is left alone for a few tests, so that no session of the last one is under way. */
const RESTING = 4;

/** As the migrations leave it: rows are numbered from 1 again. */
const EMPTY = `DO $$ DECLARE emptying text; BEGIN
  FOR emptying IN SELECT format('DELETE FROM SCHEMA.%I', tablename) FROM pg_tables WHERE schemaname = 'SCHEMA' AND tablename NOT IN ('migration', 'secret') LOOP
    EXECUTE emptying;
  END LOOP;
  PERFORM setval(format('SCHEMA.%I', sequencename)::regclass, start_value, false) FROM pg_sequences WHERE schemaname = 'SCHEMA';
END $$`;

export async function startJournalServer(): Promise<JournalServer> {
  const postgres = await startPostgres({ settings: { max_connections: "200" } });
  const client = new Client({ connectionString: postgres.url });
  client.on("error", () => undefined);
  await client.connect();
  let schemas = 0;
  const freshSchema = (): string => `journal_${(schemas += 1)}`;
  const empty: string[] = [];
  return {
    postgres,
    freshSchema,
    emptySchema: () => (empty.length < RESTING ? freshSchema() : (empty.shift() ?? freshSchema())),
    async giveBack(schema) {
      await client.query(EMPTY.replaceAll("SCHEMA", schema));
      empty.push(schema);
    },
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
