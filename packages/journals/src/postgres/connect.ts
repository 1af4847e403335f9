import { Client, type ClientBase, type ClientConfig, DatabaseError, type PoolConfig, TypeOverrides, types } from "pg";

/** Where the journal is. */
export interface Place {
  /** `postgres://user:password@host:port/database`. */
  readonly connectionString: string;
  readonly schema: string;
}

/** A call that takes longer is cut, and made again: the network may have swallowed it. */
const CALL_MS = 20_000;

/** All that is counted here stays within what a number holds. */
const NUMBERS = new TypeOverrides();
NUMBERS.setTypeParser(types.builtins.INT8, Number);

/**
 * Settings of every session. The journal's rows come and go, so that statistics of them are wrong at the worst times: with some kinds of plan forbidden,
 * every statement goes by an index. The server gives up a session whose machine is gone within half a minute, and with it what the session locks.
 */
const SESSION = `SELECT set_config(name, value, false) FROM (VALUES
  ('search_path', quote_ident($1)), ('client_encoding', 'UTF8'), ('client_min_messages', 'warning'), ('statement_timeout', '${CALL_MS}'),
  ('idle_in_transaction_session_timeout', '${CALL_MS}'), ('default_transaction_isolation', 'read committed'), ('jit', 'off'),
  ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('plan_cache_mode', 'force_generic_plan'),
  ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
  ('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END)
) AS wanted (name, value)`;

export function poolConfig(place: Place, most: number): PoolConfig {
  // The types do not say that the pool waits for it.
  const onConnect: (client: ClientBase) => unknown = (client) => {
    // What breaks is told by the query under way, or shows at the next.
    client.on("error", () => undefined);
    return beginSession(client, place);
  };
  return { ...clientConfig(place), max: most, idleTimeoutMillis: 0, pipeline: true, onConnect };
}

/** A connection beside the pool, for what a session holds. */
export async function connectSession(place: Place): Promise<Client> {
  const client = new Client(clientConfig(place));
  // Whoever holds it is told by the end of the connection.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await beginSession(client, place);
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw explain(error);
  }
}

export async function endSession(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}

function newClient(place: Place): Client {
  return new Client(clientConfig(place));
}

async function beginSession(client: ClientBase, { schema }: Place): Promise<void> {
  await client.query(SESSION, [schema]);
}

function clientConfig({ connectionString }: Place): ClientConfig {
  return {
    connectionString,
    fallback_application_name: "backstitch journal",
    connectionTimeoutMillis: 10_000,
    query_timeout: CALL_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: NUMBERS,
  };
}

/** @throws Error where it is not of that form; the message does not hold it. */
export function checkConnectionString(place: Place): void {
  try {
    newClient(place);
  } catch {
    throw new Error(
      "The connection string of the journal is not of the form postgres://user:password@host:port/database. Characters like / # ? @ in the password are written as %2F %23 %3F %40.",
    );
  }
}

/** Codes that say nothing of the call: the server starts, stops, is a standby, has no connection left, or wants it made again. */
const PASSING = /^(?:08|57P0|53300|25006|40001|40P01|57014|25P03)/;

/** The call broke on its way: whether it was done is not known. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** The server refused the call, and nothing of it was done. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** SQLSTATE. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** What the server, or the way to it, said, as a fresh error: the driver's may hold what it was configured with, and values. */
export function explain(error: unknown): Unreachable | Refused {
  if (error instanceof DatabaseError) {
    const code = error.code ?? "no code";
    const said = `The journal's server says: ${error.message} (${code}).`;
    return PASSING.test(code) ? new Unreachable(said) : new Refused(said, code);
  }
  const code = (error as { code?: unknown } | null)?.code;
  return new Unreachable(
    typeof code === "string" ? `The journal's server cannot be reached (${code}).` : "The connection to the journal's server broke.",
  );
}
