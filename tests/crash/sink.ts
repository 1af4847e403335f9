import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "../support/random.ts";

/** One request that arrived, in order of arrival. */
export interface Arrival {
  readonly id: number;
  readonly version: number;
  /** Which life of the process under test sent it: counts its starts. The request itself says so, since it may be read after its sender died. */
  readonly life: number;
  /** False: it was taken, and the connection cut instead of an answer. A repeat is then due. */
  readonly answered: boolean;
}

export interface Sink {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  close(): Promise<void>;
}

/** Of a hundred requests, so many are cut before they are taken, and so many after. */
const CUT_PERCENT = { before: 2, after: 2 };
const LONGEST_ANSWER_MS = 10;

/** A far side that outlives the process under test, remembers everything, and is slow and unreliable itself. */
export async function startSink(random: Random): Promise<Sink> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const chance = random.below(100);
      if (chance < CUT_PERCENT.before) return void request.socket.destroy();
      const answered = chance >= CUT_PERCENT.before + CUT_PERCENT.after;
      const { id, version } = JSON.parse(text) as { id: number; version: number };
      arrivals.push({ id, version, life: Number(request.headers["x-life"]), answered });
      if (answered) setTimeout(() => response.end(), random.below(LONGEST_ANSWER_MS));
      else request.socket.destroy();
    });
    request.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
