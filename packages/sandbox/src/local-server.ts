import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** Resolves once the server says `words` on its standard error. @throws Error where it does not start; `title` names it, and its last words follow. */
export function untilSaid(server: ChildProcess, words: string, title: string): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    server.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (said.includes(words)) resolve();
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`${title} did not start: ${said}`)));
  });
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
