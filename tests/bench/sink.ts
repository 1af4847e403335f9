/** A far side in a process of its own: answers every POST, and tells over IPC what arrived. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What arrived since the last question. Times are epoch milliseconds. */
export interface Arrivals {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** From the row's own clock to its arrival. */
  readonly latencies: readonly number[];
}

let latencies: number[] = [];
let first = 0;
let last = 0;

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    last = performance.timeOrigin + performance.now();
    if (latencies.length === 0) first = last;
    latencies.push(last - Date.parse((JSON.parse(text) as { at: string }).at));
    response.end();
  });
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on("message", (message) => {
  if (message === "reset") latencies = [];
  if (message !== "reset")
    process.send?.({ count: latencies.length, first, last, latencies: message === "latencies" ? latencies : [] } satisfies Arrivals);
});
process.on("disconnect", () => process.exit());
