import type { ClaimToken, Settlement, Starting } from "@backstitch/core/journal";
import { encodeValue, type Row } from "@backstitch/core/values";
import { holdsClaim, isSettled, settled } from "../shared/standing.ts";
import { queueName, rememberAlike } from "./admit.ts";
import { deliveriesById, moveTo, releaseLanes, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** A lapsed claim may not start: its lease no longer covers the attempt. */
export function start(store: Store, claims: readonly Starting[]): ClaimToken[] {
  return store.owned(() => {
    const now = store.now();
    const rows = rowsOf(store, claims);
    return claims.filter((token) => {
      const row = rows.get(token.id);
      if (row === undefined || !holdsClaim(row, token)) return false;
      if (row.state === "started") return true;
      if ((row.dueAt ?? 0) <= now) return false;
      moveTo(store, row, { ...row, state: "started" }, now);
      rememberAlike(store, token, row.seq, now);
      rows.set(row.id, { ...row, state: "started" });
      return true;
    });
  });
}

/** Returns the claims that were no longer the latest. */
export function settle(store: Store, settlements: readonly Settlement[]): ClaimToken[] {
  return store.owned(() => {
    const now = store.now();
    const rows = rowsOf(
      store,
      settlements.map((one) => one.claim),
    );
    const stale: ClaimToken[] = [];
    const left: DeliveryRow[] = [];
    for (const settlement of settlements) {
      const row = rows.get(settlement.claim.id);
      if (row === undefined || !holdsClaim(row, settlement.claim)) {
        stale.push(settlement.claim);
        continue;
      }
      settleOne(store, row, settlement, now);
      rows.delete(row.id);
      if (isSettled(settlement.next.state)) left.push(row);
    }
    releaseLanes(store, left);
    return stale;
  });
}

function rowsOf(store: Store, claims: readonly ClaimToken[]): Map<string, DeliveryRow> {
  return deliveriesById(
    store,
    claims.map((token) => token.id),
  );
}

/** Of a claim that is the latest. What it leaves its lane to is for the caller to release. */
export function settleOne(store: Store, row: DeliveryRow, settlement: Settlement, now: number): void {
  const { outcome, attempts, next } = settlement;
  if (outcome !== undefined) storeOutcome(store, row, { attempt: attempts, at: now, body: encodeValue(outcome as unknown as Row) });
  if (next.state === "waiting" && next.quota !== undefined) {
    store.queues.join(row.seq, { queue: queueName(store, next.quota), most: next.quota.most }, next.dueAt);
  }
  moveTo(store, row, settled(row, settlement, { now, recordedAt: row.recordedAt }), now);
}
