import type { RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import { canBeRedriven, redriven } from "../shared/standing.ts";
import { deliveriesById, moveTo, releaseLanes } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** Returns the ids that were redriven. */
export function redrive(store: Store, requests: readonly RedriveRequest[]): string[] {
  return store.transaction(() => {
    const now = store.now();
    return requests.filter((request) => redriveOne(store, request, now)).map((request) => request.id);
  });
}

const OUT_OF_ORDER = "UPDATE delivery SET redriven = 1, blocked = 0, purged = 0 WHERE seq = ?";

function redriveOne(store: Store, { id, args }: RedriveRequest, now: number): boolean {
  const row = deliveriesById(store, [id]).get(id);
  if (row === undefined || !canBeRedriven(row.state)) return false;
  if (row.service === null || store.entries.load(row.entry).action === undefined) return false;
  if (!hasArguments(store, row.seq)) {
    if (args === undefined) return false;
    const text = encodeValue(args);
    store.sql("INSERT INTO payload VALUES (?, ?)").run(row.seq, text);
    store.sql("UPDATE delivery SET bytes = ? WHERE seq = ?").run(Buffer.byteLength(text), row.seq);
  }
  store.sql(OUT_OF_ORDER).run(row.seq);
  moveTo(store, { ...row, redriven: true }, redriven(row, now), now);
  if (row.queued) releaseLanes(store, [row.lane]);
  return true;
}

function hasArguments(store: Store, seq: number): boolean {
  return store.sql("SELECT 1 FROM payload WHERE delivery = ?").get(seq) !== undefined;
}
