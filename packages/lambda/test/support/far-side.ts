import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the far side answers one request. `hang` never answers. */
export type Reply = 200 | 400 | 401 | 429 | 500 | 503 | "hang";

export interface Arrival {
  readonly name: string;
  readonly deliveryId: string;
  readonly attempt: number;
  readonly body: string;
}

/** A real HTTP server with a script: what each name is answered, in turn; the last reply stays, and without a script it is 200. */
export interface FarSide {
  readonly url: string;
  readonly arrivals: Arrival[];
  /** Names in the order in which they arrived. */
  names(): string[];
  /** Whether a request of that name was answered 200: it, or the look-up that found it done. */
  wasTaken(name: string): boolean;
  /** Whether one was answered so that nobody knows whether it was taken. */
  wasDoubtful(name: string): boolean;
  script(name: string, ...replies: Reply[]): void;
  /** Milliseconds that a 429 asks to wait. */
  retryAfterMs: number;
  onArrival: (arrival: Arrival) => void;
  /** Most requests at the same time so far. */
  most: number;
  /** Nothing is answered until so many requests were open at the same time. */
  waitFor: number;
  close(): Promise<void>;
}

export async function startFarSide(): Promise<FarSide> {
  const scripts = new Map<string, Reply[]>();
  let open = 0;
  const server = createServer((request, response) => {
    const [name = "", deliveryId = "", attempt = "0"] = (request.url ?? "").slice(1).split("/").map(decodeURIComponent);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const arrival = { name, deliveryId, attempt: Number(attempt), body: Buffer.concat(chunks).toString() };
      far.arrivals.push(arrival);
      open += 1;
      far.most = Math.max(far.most, open);
      response.on("close", () => (open -= 1));
      far.onArrival(arrival);
      const script = scripts.get(name) ?? [200];
      const status = (script.length > 1 ? script.shift() : script[0]) ?? 200;
      if (status === 200) taken.add(name.replace("look-", ""));
      if (status === 500 || status === "hang") doubtful.add(name);
      reply(response, status);
    });
  });
  const taken = new Set<string>();
  const doubtful = new Set<string>();
  const kept: (() => void)[] = [];
  function reply(response: ServerResponse, status: Reply): void {
    if (status === "hang") return;
    kept.push(() => response.writeHead(status, { "retry-after-ms": String(far.retryAfterMs) }).end());
    if (far.most >= far.waitFor) setImmediate(() => kept.splice(0).forEach((answer) => answer()));
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const far: FarSide = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: [],
    names: () => far.arrivals.map(({ name }) => name),
    wasTaken: (name) => taken.has(name),
    wasDoubtful: (name) => doubtful.has(name),
    script: (name, ...replies) => void scripts.set(name, replies),
    retryAfterMs: 60_000,
    onArrival: () => undefined,
    most: 0,
    waitFor: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return far;
}
