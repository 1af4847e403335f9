import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { freePort } from "@backstitch/sandbox";
import { type Files, writeProject } from "../support/project.ts";
import { arrived, startRun, startSink, stop } from "./running.ts";

const HEALTHY = 9;
/** For each of the nine. */
const ROWS = 2_000;
const CONCURRENCY = 16;

/** How the tenth answers: as the others do, by refusing every connection, or never. */
export type Tenth = "up" | "refuses" | "hangs";
/** Whether it has rules of its own, or each rule sends to one of the nine and to it. */
export type Rules = "apart" | "both";

/** Deliveries a second that arrive at the nine others, from the first to the last. */
export async function measureServices(tenth: Tenth, rules: Rules): Promise<number> {
  const nine = await startSink();
  const own = await startSink();
  const silent = new Silent();
  try {
    const urls = { up: own.url, refuses: `http://127.0.0.1:${await freePort()}`, hangs: await silent.listen() };
    await using project = await writeProject(projectOf({ nine: nine.url, tenth: urls[tenth] }, rules));
    const running = startRun(project.folder);
    try {
      const { first, last, count } = await arrived(nine.sink, HEALTHY * ROWS, running);
      return (count - 1) / ((last - first) / 1_000);
    } finally {
      await stop(running);
    }
  } finally {
    for (const { sink } of [nine, own]) sink.disconnect();
    await silent.close();
  }
}

function projectOf(urls: { readonly nine: string; readonly tenth: string }, rules: Rules): Files {
  const files: Record<string, unknown> = {
    "backstitch.json": { sources: { shop: { type: "jsonl", path: "changes.jsonl" } } },
    "changes.jsonl": Array.from({ length: ROWS * (HEALTHY + (rules === "apart" ? 1 : 0)) }, (_, n) => lineOf(n, rules)).join(""),
  };
  for (let n = 0; n <= HEALTHY; n += 1) {
    const baseUrl = n === HEALTHY ? urls.tenth : urls.nine;
    files[`services/s${n}.json`] = { connector: "http", config: { baseUrl }, concurrency: CONCURRENCY };
    if (n === HEALTHY && rules === "both") continue;
    const to = (service: number): object => ({
      service: `s${service}`,
      action: "request",
      with: { path: "/", body: { at: "{{ after.at }}" } },
    });
    files[`rules/r${n}.json`] = {
      on: { source: "shop", collection: "row" },
      when: { "after.kind": n },
      then: rules === "both" ? [to(n), to(HEALTHY)] : [to(n)],
    };
  }
  return files;
}

function lineOf(n: number, rules: Rules): string {
  const after = { id: n, kind: n % (rules === "apart" ? HEALTHY + 1 : HEALTHY), at: "2026-01-01T00:00:00Z" };
  const known = { operation: "insert", database: "shop", collection: "row" };
  const event = { id: String(n), ...known, key: { id: n }, after, before: null, unsent: [], changed: [], committedAt: after.at };
  return `${JSON.stringify(event)}\n`;
}

/** Takes connections and never answers. */
class Silent {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on("error", () => undefined).resume();
  });

  async listen(): Promise<string> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}
