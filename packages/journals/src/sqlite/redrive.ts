import type { RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import { canBeRedriven, redriven } from "../shared/standing.ts";
import { leaveLane, moveTo, standingOf, type DeliveryRow } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** Returns the ids that were redriven. */
export function redrive(store: Store, requests: readonly RedriveRequest[]): string[] {
  return store.transaction(() => {
    const now = store.now();
    return requests.filter((request) => redriveOne(store, request, now)).map((request) => request.id);
  });
}

function redriveOne(store: Store, { id, args }: RedriveRequest, now: number): boolean {
  const row = store.sql("SELECT * FROM delivery WHERE id = ?").get(id) as DeliveryRow | undefined;
  if (row === undefined || row.service === null) return false;
  const standing = standingOf(row);
  if (!canBeRedriven(standing.state) || store.entries.load(row.entry).action === undefined) return false;
  if (!hasArguments(store, row.seq)) {
    if (args === undefined) return false;
    const text = encodeValue(args);
    store.sql("INSERT INTO payload VALUES (?, ?)").run(row.seq, text);
    store.sql("UPDATE delivery SET bytes = ? WHERE seq = ?").run(Buffer.byteLength(text), row.seq);
  }
  if (row.holds === 1) leaveLane(store, row);
  store.sql("UPDATE delivery SET redriven = 1, blocked = 0, purged = 0 WHERE seq = ?").run(row.seq);
  moveTo(store, row, redriven(standing, now), now);
  return true;
}

function hasArguments(store: Store, seq: number): boolean {
  return store.sql("SELECT 1 FROM payload WHERE delivery = ?").get(seq) !== undefined;
}
