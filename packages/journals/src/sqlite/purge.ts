import type { KeptEvents } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PAYLOAD_KEPT_MS, PURGE_BYTES, PURGE_ROWS } from "../shared/limits.ts";
import { forgetAdmitted } from "./admit.ts";
import { forgetLifted } from "./news.ts";
import { stateOf } from "./schema.ts";
import type { Store } from "./store.ts";

interface OldRow {
  readonly seq: number;
  readonly event: number;
  readonly state: number;
  readonly purged: number;
  readonly entry: number;
  readonly bytes: number;
}

const OLD =
  "SELECT seq, event, state, purged, entry, bytes FROM delivery WHERE state > 2 AND state IN (6, 7, 8, 9) AND next_at <= ? LIMIT ?";

/** Forgets payloads, then keys, of what was settled long ago: so little a call that nobody notices it. Returns how many rows it touched. */
export function purge(store: Store, events: KeptEvents): number {
  return store.owned(() => {
    const now = store.now();
    const rows = fewOf(store.sql(OLD).all(now, PURGE_ROWS) as unknown as OldRow[]);
    forgetPayloads(
      store,
      rows.filter(({ purged }) => purged === 0),
    );
    const forgotten = rows.filter(({ purged }) => purged === 1);
    for (const row of forgotten) forgetKey(store, row);
    if (forgotten.length > 0) store.entries.sweep();
    const touched = rows.length + forgetUndecided(store, now, PURGE_ROWS - rows.length);
    const unmatchedBefore = events === "none" ? now : now - PAYLOAD_KEPT_MS;
    const unmatched = forgetUnmatched(store, unmatchedBefore, PURGE_ROWS - touched);
    return touched + unmatched + forgetAdmitted(store, now, PURGE_ROWS) + forgetLifted(store, now);
  });
}

/** Large ones are deleted page by page. */
function fewOf<Row extends { readonly bytes: number }>(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const tooMany = rows.findIndex((row, index) => (bytes += row.bytes) > PURGE_BYTES && index > 0);
  return tooMany === -1 ? rows : rows.slice(0, tooMany);
}

const FORGET_EVENT = "UPDATE event SET body = NULL WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE event = ?1 AND purged = 0)";

/** An event goes with the last of its deliveries' arguments. Looked at once an event: some have thousands of deliveries. */
export function forgetPayloads(store: Store, rows: readonly Pick<OldRow, "seq" | "event">[]): void {
  for (const { seq } of rows) {
    store.sql("DELETE FROM payload WHERE delivery = ?").run(seq);
    store.sql("UPDATE delivery SET purged = 1, bytes = 0, next_at = next_at + ? WHERE seq = ?").run(KEY_KEPT_MS - PAYLOAD_KEPT_MS, seq);
  }
  for (const event of new Set(rows.map((row) => row.event))) store.sql(FORGET_EVENT).run(event);
}

const FORGET_LAST = "DELETE FROM event WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE event = ?1)";

function forgetKey(store: Store, { seq, event, state, entry }: OldRow): void {
  store.sql("DELETE FROM outcome WHERE delivery = ?").run(seq);
  store.sql("DELETE FROM report WHERE delivery = ?").run(seq);
  store.sql("DELETE FROM delivery WHERE seq = ?").run(seq);
  const isLast = store.sql(FORGET_LAST).run(event).changes > 0;
  if (!isLast) store.sql("UPDATE event SET asked = asked - 1 WHERE seq = ?").run(event);
  store.count(stateOf(state), -1);
  store.entries.use(entry, -1);
}

/** An event that was kept only because it ended undecided. */
function forgetUndecided(store: Store, now: number, limit: number): number {
  const rows = store
    .sql("SELECT seq FROM event WHERE undecided IS NOT NULL AND recorded_at <= ? LIMIT ?")
    .all(now - PAYLOAD_KEPT_MS, limit) as { seq: number }[];
  for (const { seq } of rows) {
    store.sql("UPDATE event SET undecided = NULL WHERE seq = ?").run(seq);
    store.sql("DELETE FROM event WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE event = ?1)").run(seq);
  }
  return rows.length;
}

const UNMATCHED = "SELECT seq, coalesce(octet_length(body), 0) AS bytes FROM event WHERE unmatched = 1 AND recorded_at <= ? LIMIT ?";

/** Events that matched nothing, recorded until then. */
function forgetUnmatched(store: Store, until: number, limit: number): number {
  const rows = fewOf(store.sql(UNMATCHED).all(until, limit) as unknown as { seq: number; bytes: number }[]);
  if (rows.length > 0)
    store.sql("DELETE FROM event WHERE seq IN (SELECT value FROM json_each(?))").run(JSON.stringify(rows.map(({ seq }) => seq)));
  return rows.length;
}
