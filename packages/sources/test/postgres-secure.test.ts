import { chown, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SourceMisconfigured } from "@backstitch/core/source";
import { startPostgres, type LocalPostgres } from "@backstitch/sandbox/postgres";
import { postgresSource, setupPostgres, verifyPostgres } from "@backstitch/sources/postgres";
import { createAuthority } from "./support/certificates.ts";
import { connectTo, freshOptions, openDatabase, readEvents, until, type Database } from "./support/database.ts";

const NEEDS = [{ collection: "item", needsBefore: false }];
/** Letters of others, and what has a meaning in a URL. */
const PASSWORD = "pässwörd ½ /?#@:%&=canary";

let server: LocalPostgres;
let database: Database;
const files = { ca: "", other: "" };

beforeAll(async () => {
  server = await startPostgres();
  const [authority, stranger] = [createAuthority("Backstitch tests"), createAuthority("Somebody else")];
  const { certificate, key } = authority.issue("127.0.0.1");
  files.ca = await place("ca.pem", authority.certificate);
  files.other = await place("other.pem", stranger.certificate);
  database = await openDatabase(server.url);
  await database.run(
    `ALTER SYSTEM SET ssl_cert_file = '${await place("server.pem", certificate)}'`,
    `ALTER SYSTEM SET ssl_key_file = '${await place("server.key", key)}'`,
    `CREATE ROLE reader LOGIN REPLICATION PASSWORD '${PASSWORD}'`,
    "CREATE TABLE item (id int PRIMARY KEY)",
  );
});
// One each, so that the server is stopped whatever fails.
afterAll(() => server.stop());
afterAll(() => database.close());

/** The server reads its key only where nobody else can. */
async function place(name: string, content: string): Promise<string> {
  const path = join(server.folder, name);
  await writeFile(path, content, { mode: 0o600 });
  const { uid, gid } = await stat(server.folder);
  await chown(path, uid, gid);
  return path;
}

async function turnTls(state: "on" | "off"): Promise<void> {
  await database.run(`ALTER SYSTEM SET ssl = ${state}`, "SELECT pg_reload_conf()");
  await until(async () => {
    const other = await connectTo(database.url);
    const [{ ssl } = {}] = await other.rows("SHOW ssl");
    await other.close();
    return ssl === state;
  });
}

function urlOf(more: { readonly query?: string; readonly host?: string; readonly password?: string } = {}): string {
  const { query = "", host = "127.0.0.1", password = PASSWORD } = more;
  const url = new URL(database.url);
  return `postgres://reader:${encodeURIComponent(password)}@${host}:${url.port}${url.pathname}${query}`;
}

/** What is said where it cannot be read: the same by all three. */
async function refusal(connectionString: string): Promise<string> {
  const options = freshOptions(database, { connectionString });
  const error: unknown = await postgresSource(options)
    .read(new Map(), async () => undefined, AbortSignal.timeout(10_000))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SourceMisconfigured);
  const { message, stack } = error as Error;
  expect(`${message}${stack}`).not.toContain("canary");
  await expect(setupPostgres(options, NEEDS)).rejects.toThrow(message.replace(/^.*?(?=")/, ""));
  const [finding, ...rest] = await verifyPostgres(options, NEEDS);
  expect([finding?.code, finding?.message, rest]).toEqual(["DATABASE_REFUSES", message, []]);
  return message.replaceAll(options.name, "shop");
}

describe("a password", () => {
  test("is proved by SCRAM-SHA-256, whatever its characters", async () => {
    const [{ kept } = {}] = await database.rows("SELECT left(rolpassword, 13) AS kept FROM pg_authid WHERE rolname = 'reader'");
    expect(kept).toBe("SCRAM-SHA-256");
    const options = freshOptions(database);
    await setupPostgres(options, NEEDS);
    await database.run("INSERT INTO item VALUES (1)");
    expect(await readEvents(postgresSource({ ...options, connectionString: urlOf() }), 1)).toMatchObject([{ key: { id: 1 } }]);
  });

  test("that is wrong is told of with what to check", async () => {
    expect(await refusal(urlOf({ password: "wrong-canary" }))).toBe(
      'The server of source "shop" says: password authentication failed for user "reader" (28P01). Check user and password in the connection string, the REPLICATION attribute and pg_hba.conf.',
    );
  });
});

describe("TLS", () => {
  const verified = (file: string): string => `?sslmode=verify-full&sslrootcert=${encodeURIComponent(file)}`;

  test("is spoken with a server whose certificate the given authority signed, by the stream too", async () => {
    await turnTls("on");
    const options = freshOptions(database);
    await setupPostgres(options, NEEDS);
    await database.run("INSERT INTO item VALUES (2)");
    const source = postgresSource({ ...options, connectionString: urlOf({ query: verified(files.ca) }) });
    const seen: unknown[] = [];
    const stop = new AbortController();
    await source.read(
      new Map(),
      async ({ events }) => {
        const sql = `SELECT s.ssl, r.usename FROM pg_stat_replication r JOIN pg_stat_ssl s USING (pid)`;
        if (events.length > 0) seen.push(...events.map(({ key }) => key), ...(await database.rows(sql)));
        stop.abort();
      },
      AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
    );
    expect(seen).toEqual([{ id: 2 }, { ssl: true, usename: "reader" }]);
  });

  test("with a server that another authority vouches for, or for another host, is refused with what to mend", async () => {
    await turnTls("on");
    expect(await refusal(urlOf({ query: verified(files.other) }))).toMatch(
      /^The certificate of the server of source "shop" is not accepted \(\w+\)\. Name the file of the authority that signed it: \?sslmode=verify-full&sslrootcert=\/path\/to\/ca\.pem$/,
    );
    expect(await refusal(urlOf({ query: "?sslmode=verify-full" }))).toMatch(/is not accepted \(\w+\)\. Name the file of the authority/);
    expect(await refusal(urlOf({ query: verified(files.ca), host: "localhost" }))).toBe(
      'The certificate of the server of source "shop" is not accepted (ERR_TLS_CERT_ALTNAME_INVALID). It is for another host than the one in the connection string: name that one.',
    );
    expect(await refusal(urlOf({ query: verified("/nowhere/ca.pem") }))).toBe(
      'A file that the connection string of source "shop" names in sslrootcert, sslcert or sslkey cannot be read (ENOENT). Mend its path, or who may read it.',
    );
  });

  test("is asked of a server that does not speak it", async () => {
    await turnTls("off");
    expect(await refusal(urlOf({ query: verified(files.ca) }))).toBe(
      'The server of source "shop" does not speak TLS, and the connection string asks for it. Set ssl = on in postgresql.conf, or take sslmode out where nobody can listen.',
    );
  });
});
