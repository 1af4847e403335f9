import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { freePort, untilSaid } from "./local-server.ts";

/** A DynamoDB with streams, on loopback, which keeps everything in memory. */
export interface LocalDynamoDb {
  readonly url: string;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts the emulator out of the optional package `@dynoxide/linux-x64` (Linux on x64 only), on a port that the system picks.
 * It differs from AWS: a put that changes nothing makes a MODIFY, its one shard seems closed and is not, and a stream that is switched off is gone at once.
 * @throws Error where the package is missing or the server does not start; its message says what the server said.
 */
export async function startDynamoDb(): Promise<LocalDynamoDb> {
  const port = await freePort();
  const server = spawn(binary(), ["--port", String(port)], { stdio: ["ignore", "ignore", "pipe"] });
  await untilSaid(server, "listening on", "The DynamoDB emulator");
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exited = once(server, "exit");
      server.kill("SIGTERM");
      await exited;
    },
  };
}

const PACKAGE = "@dynoxide/linux-x64";

function binary(): string {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/dynoxide`);
  } catch {
    throw new Error(`The package "${PACKAGE}" is not installed: add it to the devDependencies. It is for Linux on x64.`);
  }
}
