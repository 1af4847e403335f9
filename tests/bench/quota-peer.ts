/** A far side in a process of its own with a hard quota: what exceeds it within any stretch of the period, by its own clock, is answered 429. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What arrived since the quota was set. */
export interface Usage {
  readonly requests: number;
  readonly refused: number;
  /** Units that were taken. */
  readonly taken: number;
  /** From the first that was taken to the first that was more than {@link Quota.mark}. Milliseconds. */
  readonly elapsedMs: number;
}

/** So many units in any stretch of time of that length. */
export interface Quota {
  readonly count: number;
  readonly periodMs: number;
  /** Whole periods' worth of units. */
  readonly mark: number;
}

let quota: Quota = { count: 0, periodMs: 1, mark: 0 };
let within: { readonly at: number; readonly units: number }[] = [];
let usage: Usage = { requests: 0, refused: 0, taken: 0, elapsedMs: 0 };
let first: number | undefined;

function take(units: number): boolean {
  const at = performance.now();
  within = within.filter((one) => one.at > at - quota.periodMs);
  const fits = within.reduce((sum, one) => sum + one.units, units) <= quota.count;
  if (fits) within.push({ at, units });
  first ??= at;
  const { requests, refused, taken, elapsedMs } = usage;
  usage = {
    requests: requests + 1,
    refused: refused + (fits ? 0 : 1),
    taken: taken + (fits ? units : 0),
    elapsedMs: fits && elapsedMs === 0 && taken + units > quota.mark ? at - first : elapsedMs,
  };
  return fits;
}

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (text += chunk));
  request.on("end", () => {
    response.statusCode = take((JSON.parse(text) as { units: number }).units) ? 200 : 429;
    setTimeout(() => response.end(), 5 + Math.random() * 40);
  });
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));

process.on("message", (message: Quota | "usage") => {
  if (message === "usage") return void process.send?.(usage);
  quota = message;
  within = [];
  first = undefined;
  usage = { requests: 0, refused: 0, taken: 0, elapsedMs: 0 };
});
process.on("disconnect", () => process.exit());
