import type { RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import { canBeRedriven, redriven } from "../shared/standing.ts";
import { deliveriesById, type DeliveryRow, moveTo, releaseLanes } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** Returns the ids that were redriven. */
export function redrive(store: Store, requests: readonly RedriveRequest[]): string[] {
  return store.transaction(() => {
    const now = store.now();
    return requests.filter((request) => redriveOne(store, request, now)).map((request) => request.id);
  });
}

const RENDERED = "UPDATE delivery SET entry = ?, service = ?, bytes = ? WHERE seq = ?";
const OUT_OF_ORDER = "UPDATE delivery SET redriven = 1, blocked = 0, purged = 0, expires_at = NULL WHERE seq = ?";

function redriveOne(store: Store, { id, rendered }: RedriveRequest, now: number): boolean {
  const row = deliveriesById(store, [id]).get(id);
  if (row === undefined || !canBeRedriven(row.state)) return false;
  if (row.service === null || store.entries.load(row.entry).action === undefined) return false;
  if (!hasArguments(store, row.seq)) {
    if (rendered === undefined) return false;
    storeRendered(store, row, rendered);
  }
  store.sql(OUT_OF_ORDER).run(row.seq);
  moveTo(store, { ...row, redriven: true }, redriven(row, now), now);
  if (row.queued) releaseLanes(store, [row.lane]);
  return true;
}

function storeRendered(store: Store, { seq, entry }: DeliveryRow, rendered: NonNullable<RedriveRequest["rendered"]>): void {
  const { service, action, args, ifUncertain, retry } = rendered;
  const text = encodeValue(args);
  store.sql("INSERT INTO payload VALUES (?, ?)").run(seq, text);
  const today = store.entries.store({ ...store.entries.load(entry), action, ifUncertain, retry });
  store.sql(RENDERED).run(today, service, Buffer.byteLength(text), seq);
}

function hasArguments(store: Store, seq: number): boolean {
  return store.sql("SELECT 1 FROM payload WHERE delivery = ?").get(seq) !== undefined;
}
