import type { Seat } from "@backstitch/core/journal";
import { keyOf } from "./lock.ts";
import { type Store, workerOf } from "./store.ts";
import { WORKER_LOCK } from "./worker.ts";

/** Whoever runs under a name holds its lock. This one counts even where its own was lost and is taken again. */
const SEATS = `
  WITH live AS (
    SELECT w.number FROM worker AS w CROSS JOIN LATERAL (SELECT ${keyOf("$1", `'${WORKER_LOCK}' || w.name`)} AS key) AS name
    WHERE w.number = $2 OR EXISTS (
      SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid::bigint = (name.key >> 32) & 4294967295 AND l.objid::bigint = name.key & 4294967295
    )
  )
  SELECT count(*)::int AS "of", (count(*) FILTER (WHERE number < $2))::int AS index FROM live`;

export async function seatOf(store: Store): Promise<Seat> {
  const [row] = await store.db.query({ name: "seat", text: SEATS, values: [store.place.schema, workerOf(store).number] });
  return row as unknown as Seat;
}
