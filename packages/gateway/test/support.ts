import { Secret } from "@backstitch/core/connector";
import type { Row, Value } from "@backstitch/core/values";
import { validate } from "@backstitch/project";
import { compileCollection, type CollectionRules } from "@backstitch/rules/roles";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresReader } from "@backstitch/sources/postgres";
import { Client } from "pg";
import { afterAll, beforeAll } from "vitest";
import { openGateway, type Gateway, type GatewayOptions } from "../src/index.ts";

/** One server for the tests of a file. */
export function server(): () => LocalPostgres {
  let started: LocalPostgres | undefined;
  beforeAll(async () => void (started = await startPostgres()));
  afterAll(() => started?.stop());
  return () => {
    if (started === undefined) throw new Error("The server is not started yet.");
    return started;
  };
}

/** An answer, and what it holds. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface TestGateway extends AsyncDisposable, Pick<Gateway, "url" | "use" | "live"> {
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  /** @param user Whom the gateway takes the asker for. */
  ask(path: string, init?: RequestInit & { readonly user?: Row | undefined; readonly json?: unknown }): Promise<Answer>;
}

let databases = 0;
/** Those that nobody uses any more, by their server: to make one takes longer than most tests do, to empty one does not. */
const unused = new Map<string, string[]>();

/** A database of its own; `free` leaves it to the next. */
export async function openDatabase(
  { url: server }: LocalPostgres,
  schema: string,
): Promise<{ readonly url: string; readonly client: Client; free(): Promise<void> }> {
  const left = unused.get(server) ?? [];
  unused.set(server, left);
  const again = left.pop();
  const url = again ?? (await createDatabase(server));
  const client = await connected(url);
  if (again !== undefined) await client.query(EMPTY);
  await client.query(schema);
  return {
    url,
    client,
    async free() {
      await client.end();
      left.push(url);
    },
  };
}

async function createDatabase(server: string): Promise<string> {
  const name = `gateway_${process.pid}_${++databases}`;
  const admin = await connected(server);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return server.replace(/\/[^/]*$/, `/${name}`);
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const EMPTY = `DO $$ DECLARE gone text; BEGIN
  FOR gone IN SELECT format('%I', nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'
  LOOP EXECUTE 'DROP SCHEMA ' || gone || ' CASCADE'; END LOOP;
  CREATE SCHEMA public AUTHORIZATION pg_database_owner;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$`;

export function collection(name: string, rules: object, values: Readonly<Record<string, unknown>> = {}): CollectionRules {
  const files = Object.entries(values).map(([file, value]) => ({ path: `values/${file}.json`, text: JSON.stringify(value) }));
  const file = { path: `collections/${name}.json`, text: JSON.stringify(rules) };
  const { rules: compiled, problems } = compileCollection(file, { conditions: [], values: files, validate });
  if (compiled === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return compiled;
}

/** A gateway over a database of its own. Users come in a header, as the tests say who asks. */
export async function gateway(
  postgres: LocalPostgres,
  schema: string,
  rules: Readonly<Record<string, object>>,
  more: Partial<Omit<GatewayOptions, "database">> & {
    readonly values?: Readonly<Record<string, Value>>;
    readonly database?: Partial<GatewayOptions["database"]>;
    /** Who may log in to the database, with its name as password. @default the server's own */
    readonly role?: string;
  } = {},
): Promise<TestGateway> {
  const { url, client, free } = await openDatabase(postgres, schema);
  const { values = {}, database, role, ...options } = more;
  const asked = new URL(url);
  if (role !== undefined) Object.assign(asked, { username: role, password: role });
  const opened = await openGateway({
    port: 0,
    database: { connectionString: new Secret(asked.href), ...database },
    readersOf: postgresReader,
    rules: { collections: Object.entries(rules).map(([file, one]) => collection(file, one, values)), values },
    validate,
    authenticate: async (request) => {
      const user = request.headers.get("x-test-user");
      return user === null ? undefined : (JSON.parse(user) as Row);
    },
    failed: (error) => console.error(error),
    ...options,
  });
  return {
    url: opened.url,
    use: opened.use,
    live: opened.live,
    sql: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
    async ask(path, { user, json, headers, ...init } = {}) {
      const sent = new Headers(headers);
      if (user !== undefined) sent.set("x-test-user", JSON.stringify(user));
      if (json !== undefined && !sent.has("content-type")) sent.set("content-type", "application/json");
      const answer = await fetch(`${opened.url}${path}`, {
        ...init,
        headers: sent,
        ...(json === undefined ? {} : { body: JSON.stringify(json), method: init.method ?? "POST" }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    },
    async [Symbol.asyncDispose]() {
      await opened.close();
      await free();
    },
  };
}
