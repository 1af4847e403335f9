import { startPostgres } from "@backstitch/sandbox/postgres";
import { setupPostgres } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { startNetwork } from "../network.ts";
import type { CrashSource, ItemRow, NoteRow, Session } from "./source.ts";

const SCHEMA = `
  CREATE TABLE item (id integer PRIMARY KEY, version integer NOT NULL);
  CREATE TABLE note (id serial PRIMARY KEY, kind text NOT NULL, who integer NOT NULL);
`;
const SLOT = "crash";

/** A server whose every commit outlives it. */
export async function postgresCrashSource(started: AsyncDisposableStack): Promise<CrashSource> {
  const postgres = started.adopt(await startPostgres(), (server) => server.stop());
  const { url } = postgres;
  const network = started.adopt(await startNetwork([url]), (one) => one.close());
  await withClient(url, (client) => client.query(SCHEMA));
  const collections = ["item", "note"].map((collection) => ({ collection, needsBefore: false }));
  await setupPostgres({ name: "shop", connectionString: url, slot: SLOT }, collections);
  return {
    config: { type: "postgres", connectionString: { $secret: "DATABASE_URL" }, slot: SLOT },
    environment: { DATABASE_URL: network.through(url) },
    server: { postgres, network, url },
    network,
    async prepare(count) {
      await withClient(url, (client) => client.query("INSERT INTO item SELECT id, 0 FROM generate_series(1, $1) AS id", [count]));
    },
    open: async () => sessionOf(await connect(url)),
    recount: () =>
      withClient(url, async (client) => {
        const items = await client.query<ItemRow>("SELECT id, version FROM item");
        const notes = await client.query<NoteRow>("SELECT id, kind, who FROM note");
        return { items: items.rows, notes: notes.rows };
      }),
  };
}

function sessionOf(client: Client): Session {
  return {
    async update(ids) {
      const text = "UPDATE item SET version = version + 1 WHERE id = ANY($1) RETURNING id, version";
      return (await client.query<ItemRow>(text, [ids])).rows;
    },
    async insert(notes) {
      const text = "INSERT INTO note (kind, who) SELECT * FROM unnest($1::text[], $2::integer[]) RETURNING id, kind, who";
      return (await client.query<NoteRow>(text, [notes.map(({ kind }) => kind), notes.map(({ who }) => who)])).rows;
    },
    close: () => client.end().catch(() => undefined),
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function withClient<Result>(url: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  const client = await connect(url);
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
