import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that arrived, in order of arrival. */
export interface Arrival {
  readonly id: number;
  readonly version: number;
  /** Which life of the process under test sent it: counts its starts. The request itself says so, since it may be read after its sender died. */
  readonly life: number;
}

export interface Sink {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  close(): Promise<void>;
}

/** A far side that outlives the process under test and remembers everything. */
export async function startSink(): Promise<Sink> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      arrivals.push({ ...(JSON.parse(text) as { id: number; version: number }), life: Number(request.headers["x-life"]) });
      response.end();
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
