import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "../support/random.ts";
import { isRefused } from "./kinds.ts";

/** One request that arrived and was taken, in order of arrival. */
export interface Arrival {
  readonly path: string;
  readonly body: { readonly id: number; readonly version?: number };
  /** The process that sent it. The request itself says so, since it may be read after its sender died. */
  readonly life: string;
  /** Its `webhook-id`. */
  readonly key: string;
}

export interface Sink {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** Takes so many requests without an answer. */
  loseAnswers(count: number): void;
  close(): Promise<void>;
}

/** Of a hundred requests, so many are cut before they are taken, and so many after. */
const CUT_PERCENT = { before: 2, after: 2 };
const LONGEST_ANSWER_MS = 10;

/** A far side that outlives the processes under test, remembers everything, and is slow and unreliable itself. */
export async function startSink(random: Random): Promise<Sink> {
  const arrivals: Arrival[] = [];
  let toLose = 0;
  const answer = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    const chance = random.below(100);
    if (chance < CUT_PERCENT.before) return void request.socket.destroy();
    const path = request.url ?? "";
    const body = JSON.parse(text) as Arrival["body"];
    if (path === "/frail" && isRefused(body.id)) return void response.writeHead(500).end();
    arrivals.push({ path, body, life: String(request.headers["x-life"]), key: String(request.headers["webhook-id"]) });
    const lost = toLose > 0 || chance < CUT_PERCENT.before + CUT_PERCENT.after;
    toLose = Math.max(0, toLose - 1);
    if (lost) request.socket.destroy();
    else setTimeout(() => response.end(), random.below(LONGEST_ANSWER_MS));
  };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => answer(request, response, text));
    request.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    loseAnswers: (count) => void (toLose += count),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
