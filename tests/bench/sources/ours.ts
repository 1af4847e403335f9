/** The source under test: reads so many events and tells what that cost. Arguments: the server's URL, how many. */
import { postgresSource } from "@backstitch/sources/postgres";
import { createMeter } from "./meter.ts";

const [url = "", count = "0"] = process.argv.slice(2);
const stop = new AbortController();
const meter = createMeter(Number(count));
const source = postgresSource({ name: "bench", slot: "copy", publication: "bench", connectionString: url });
await source.read(
  new Map(),
  async ({ events }) => {
    if (meter.read(events.length)) stop.abort();
  },
  stop.signal,
);
console.log(JSON.stringify(meter.result()));
