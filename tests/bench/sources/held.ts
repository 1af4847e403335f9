import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What connecting and asking takes is far less than this, and any log that is measured far more. */
const LEAST_BYTES = 1024 * 1024;
const QUIET_MS = 1_000;

export interface Held {
  /** The server's URL with the port that stands between. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands between a reader and the server, and keeps what the server streams until all of it is there. A reader that waited for the server would be
 * woken for every few rows, and the more often the faster it is: most of what was measured would be the waking.
 */
export async function openHeld(serverUrl: string): Promise<Held> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const relay = createServer((reader) => {
    const server = connect(Number(port), hostname);
    for (const socket of [reader, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => [reader, server].forEach((end) => end.destroy()));
    }
    reader.pipe(server);
    holdBack(server, reader);
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const url = new URL(serverUrl);
  url.port = String((relay.address() as AddressInfo).port);
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      relay.close();
      await once(relay, "close");
    },
  };
}

function holdBack(server: Socket, reader: Socket): void {
  const held: Buffer[] = [];
  let bytes = 0;
  let quiet: NodeJS.Timeout | undefined;
  server.on("data", (chunk) => {
    bytes += chunk.length;
    if (bytes < LEAST_BYTES) reader.write(chunk);
    else {
      held.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(() => reader.write(Buffer.concat(held.splice(0))), QUIET_MS);
    }
  });
}
