import { Client, type ClientConfig, DatabaseError } from "pg";
import { SourceMisconfigured } from "@backstitch/core/source";
import type { Settings } from "./options.ts";
import { cutOnAbort } from "./wire.ts";

/** One row as the server prints it. */
export type TextRow = Readonly<Record<string, string | null>>;

/** A connection that prints values in one form, whatever the server's and the role's own settings. */
export interface Connection {
  readonly client: Client;
  /** Simple protocol: also for replication commands. All values come as text. */
  query(sql: string): Promise<readonly TextRow[]>;
  close(): Promise<void>;
}

/** Values in the form that the types are read from, and the warnings of a replication stream, which a role may have switched off. https://www.postgresql.org/docs/current/runtime-config-client.html */
const SESSION = `SELECT set_config(name, value, false) FROM (VALUES ('DateStyle', 'ISO'), ('IntervalStyle', 'iso_8601'), ('TimeZone', 'UTC'),
  ('extra_float_digits', '3'), ('bytea_output', 'hex'), ('client_encoding', 'UTF8'), ('statement_timeout', '0'),
  ('client_min_messages', 'warning')) AS wanted (name, value)`;

export interface ConnectOptions {
  readonly replication?: boolean;
  /** Cuts short what has not come to be. */
  readonly signal?: AbortSignal;
}

const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** @throws SourceMisconfigured for what a person must mend; a plain Error for what may pass. Neither holds the connection string. */
export async function connect(settings: Settings, { replication = false, signal }: ConnectOptions = {}): Promise<Connection> {
  const client = newClient(settings, replication);
  // What breaks later is told by the query under way.
  client.on("error", () => undefined);
  try {
    await cutOnAbort(client, signal, async () => {
      await client.connect();
      await client.query(SESSION);
    });
  } catch (error) {
    client.end().catch(() => undefined);
    throw explain(settings.name, error);
  }
  return {
    client,
    async query(sql) {
      try {
        return (await client.query({ text: sql, types: AS_TEXT })).rows as TextRow[];
      } catch (error) {
        throw explain(settings.name, error);
      }
    },
    close: () => client.end().catch(() => undefined),
  };
}

function newClient({ name, connectionString }: Settings, replication: boolean): Client {
  const config: ClientConfig & { replication?: string } = {
    connectionString,
    fallback_application_name: `backstitch ${name}`,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
  };
  if (replication) config.replication = "database";
  try {
    return new Client(config);
  } catch (error) {
    const code = codeOf(error);
    if (code !== undefined && FILE_ERROR.test(code)) throw new SourceMisconfigured(unreadable(name, code));
    throw new SourceMisconfigured(
      `The connection string of source "${name}" is not of the form postgres://user:password@host:port/database. Characters like / # ? @ in the password are written as %2F %23 %3F %40.`,
    );
  }
}

/** SQLSTATE classes that no retry mends: authorization, unknown database, missing privilege. */
const FOR_A_PERSON = /^(?:28|3D|42501)/;

/** Builds a fresh error: the driver's may hold what it was configured with. */
export function explain(name: string, error: unknown): Error {
  if (error instanceof SourceMisconfigured) return error;
  if (error instanceof DatabaseError) {
    const said = `The server of source "${name}" says: ${error.message} (${error.code ?? "no code"}).`;
    return FOR_A_PERSON.test(error.code ?? "") ? new SourceMisconfigured(`${said} ${remedyFor(error.code)}`) : new Error(said);
  }
  const code = codeOf(error);
  if (code !== undefined && UNTRUSTED.test(code)) return new SourceMisconfigured(untrusted(name, code));
  if (code !== undefined) {
    return new Error(
      `The server of source "${name}" cannot be reached (${code}). Is it up, and are host and port in the connection string right?`,
    );
  }
  if (error instanceof Error && error.message === NO_TLS) {
    return new SourceMisconfigured(
      `The server of source "${name}" does not speak TLS, and the connection string asks for it. Set ssl = on in postgresql.conf, or take sslmode out where nobody can listen.`,
    );
  }
  return new Error(`The connection to the server of source "${name}" broke.`);
}

/** The driver's words. */
const NO_TLS = "The server does not support SSL connections";
const FILE_ERROR = /^(?:ENOENT|EACCES|EISDIR|EPERM)$/;
/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and what a certificate says of its host. */
const UNTRUSTED = /^(?:ERR_TLS_CERT_ALTNAME_INVALID|(?:UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|CERT|CRL|INVALID_CA|PATH_LENGTH|HOSTNAME)_?\w*)$/;

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

function unreadable(name: string, code: string): string {
  return `A file that the connection string of source "${name}" names in sslrootcert, sslcert or sslkey cannot be read (${code}). Mend its path, or who may read it.`;
}

function untrusted(name: string, code: string): string {
  const said = `The certificate of the server of source "${name}" is not accepted (${code}).`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `${said} It is for another host than the one in the connection string: name that one.`;
  if (code.startsWith("CERT_")) return `${said} Renew it, or mend the clock.`;
  return `${said} Name the file of the authority that signed it: ?sslmode=verify-full&sslrootcert=/path/to/ca.pem`;
}

function remedyFor(code = ""): string {
  if (code.startsWith("28")) return "Check user and password in the connection string, the REPLICATION attribute and pg_hba.conf.";
  return code === "42501"
    ? "Grant the privilege to the user in the connection string; to replicate it needs the REPLICATION attribute."
    : "Check the database in the connection string.";
}
