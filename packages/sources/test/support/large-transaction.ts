/** Reads a source in a process of its own, so that its memory is its own: argv is options as JSON and how many events to read. */
import { setTimeout as wait } from "node:timers/promises";
import { postgresSource, type PostgresSourceOptions } from "@backstitch/sources/postgres";

const [options = "{}", count = "0"] = process.argv.slice(2);
const stop = new AbortController();
let events = 0;
let inOrder = true;
let mostInBatch = 0;
let peak = 0;
await postgresSource(JSON.parse(options) as PostgresSourceOptions).read(
  new Map(),
  async (batch) => {
    for (const { key } of batch.events) inOrder &&= key?.["id"] === ++events;
    mostInBatch = Math.max(mostInBatch, batch.events.length);
    // Slower than the server sends now and then: what is not bounded would pile up.
    if (events % 25_000 === 0) await wait(20);
    peak = Math.max(peak, process.memoryUsage().rss);
    if (events >= Number(count)) stop.abort();
  },
  stop.signal,
);
console.log(JSON.stringify({ events, inOrder, mostInBatch, peakMb: Math.round(peak / 1024 / 1024) }));
