import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "@backstitch/sandbox";
import { startNetwork } from "../network.ts";
import { type CrashSource, tables } from "./source.ts";

const TOKEN = "crash";
/** Of one that hangs no answer comes. */
const ANSWERS_WITHIN_MS = 2_000;

/** Changes that are posted until they are answered 200, as a sender does: what no answer came for is posted again, with the same ids. */
export async function httpCrashSource(started: AsyncDisposableStack): Promise<CrashSource> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const network = started.adopt(await startNetwork([url]), (one) => one.close());
  let last = 0;
  const commit: Parameters<typeof tables>[0] = async (changes) => {
    const body = JSON.stringify(changes.map((change) => ({ ...change, id: `change-${(last += 1)}`, key: { id: change.after.id } })));
    while (!(await isTaken(network.through(url), body))) await wait(20);
  };
  const config = { type: "http", accepts: "backstitch", port, bearerToken: { $secret: "HTTP_TOKEN" } };
  return { config, environment: { HTTP_TOKEN: TOKEN }, network, comesAgain: true, ...tables(commit) };
}

async function isTaken(url: string, body: string): Promise<boolean> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${TOKEN}` };
  try {
    const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
