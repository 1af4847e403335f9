import { JournalFull, type Seat } from "@backstitch/core/journal";
import { keyOf } from "./lock.ts";
import { type Store, workerOf } from "./store.ts";
import { WORKER_LOCK } from "./worker.ts";

/** Whoever runs under a name holds its lock. */
const SEATS = `
  WITH live AS (
    SELECT w.number FROM worker AS w CROSS JOIN LATERAL (SELECT ${keyOf("$1", `'${WORKER_LOCK}' || w.name`)} AS key) AS name
    WHERE EXISTS (
      SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid::bigint = (name.key >> 32) & 4294967295 AND l.objid::bigint = name.key & 4294967295
    )
  )
  SELECT count(*)::int AS "of", (count(*) FILTER (WHERE number < $2))::int AS index, coalesce(bool_or(number = $2), false) AS counted FROM live`;

/** @throws JournalFull while a broken connection has lost the lock of its name: the others do not count it, and share what there is among themselves. */
export async function seatOf(store: Store): Promise<Seat> {
  const { number, name } = workerOf(store);
  const [row] = await store.db.query({ name: "seat", text: SEATS, values: [store.place.schema, number] });
  const { counted, ...seat } = row as unknown as Seat & { readonly counted: boolean };
  if (!counted) throw new JournalFull(`The worker "${name}" has lost the lock of its name, and takes it again when the server lets it.`);
  return seat;
}
