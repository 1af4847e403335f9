/** The peer of the benchmark: the same reader, and a POST for every row. No rules, no journal, no retries: what the machine could do. */
import { postgresSource } from "@backstitch/sources/postgres";
import { Pool } from "undici";

const IN_FLIGHT = 64;
const [database = "", sink = ""] = process.argv.slice(2);
const pool = new Pool(sink, { connections: IN_FLIGHT });
const underWay = new Set<Promise<void>>();

async function post(row: object): Promise<void> {
  const { body } = await pool.request({
    method: "POST",
    path: "/rows",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(row),
  });
  await body.dump();
}

await postgresSource({ name: "bench", connectionString: database, heartbeatMs: 500 }).read(
  new Map(),
  async ({ events }) => {
    for (const { after } of events) {
      if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
      const posting = post({ id: after?.["id"], kind: after?.["kind"], at: after?.["at"] });
      underWay.add(posting);
      void posting.finally(() => underWay.delete(posting));
    }
  },
  new AbortController().signal,
);
