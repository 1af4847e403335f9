/** The source under test: reads so many events and tells what that cost. Arguments: the server's URL, how many. */
import { postgresSource } from "@backstitch/sources/postgres";

const [url = "", count = "0"] = process.argv.slice(2);
const stop = new AbortController();
let rows = 0;
const source = postgresSource({ name: "bench", slot: "copy", publication: "bench", connectionString: url });
const before = process.cpuUsage();
await source.read(
  new Map(),
  async ({ events }) => {
    rows += events.length;
    if (rows >= Number(count)) stop.abort();
  },
  stop.signal,
);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rows, cpuSeconds: (user + system) / 1e6 }));
