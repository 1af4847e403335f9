import { createServer, type AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type CrashSource, tables } from "./source.ts";

const TOKEN = "crash";

/** Changes that are posted until they are answered 200, as a sender does: what no answer came for is posted again, with the same ids. */
export async function httpCrashSource(): Promise<CrashSource> {
  const port = await freePort();
  let last = 0;
  const commit: Parameters<typeof tables>[0] = async (changes) => {
    const body = JSON.stringify(changes.map((change) => ({ ...change, id: `change-${(last += 1)}`, key: { id: change.after.id } })));
    while (!(await isTaken(`http://127.0.0.1:${port}/`, body))) await wait(20);
  };
  const config = { type: "http", accepts: "backstitch", port, bearerToken: { $secret: "HTTP_TOKEN" } };
  return { config, environment: { HTTP_TOKEN: TOKEN }, comesAgain: true, ...tables(commit) };
}

async function isTaken(url: string, body: string): Promise<boolean> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
  try {
    const response = await fetch(url, { method: "POST", body, headers });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
