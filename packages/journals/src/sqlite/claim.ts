import type { ClaimedDelivery, ClaimRequest } from "@backstitch/core/journal";
import { budgetOf } from "../shared/limits.ts";
import { claimed, lapsed, type Lapse } from "../shared/standing.ts";
import { claimedDelivery, moveTo, standingOf, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** Most lapsed claims that one call takes back. */
const SWEEP_ROWS = 1_000;

const READY = `
  SELECT * FROM delivery WHERE service = ? AND state < 3 AND blocked = 0 AND next_at <= ? ORDER BY next_at, seq LIMIT ?`;

/** Takes back what lapsed, then claims what is due and first in its lane, oldest first. */
export function claim(store: Store, request: ClaimRequest): ClaimedDelivery[] {
  return store.owned(() => {
    const now = store.now();
    const over = store.sql("SELECT * FROM delivery WHERE state > 2 AND state IN (3, 4) AND next_at <= ? LIMIT ?").all(now, SWEEP_ROWS);
    endClaims(store, over as unknown as DeliveryRow[], "CLAIM_LAPSED");
    const budget = budgetOf(request);
    const claims: ClaimedDelivery[] = [];
    for (const [service, room] of request.room) {
      if (room <= 0) continue;
      for (const row of store.sql(READY).all(service, now, room) as unknown as DeliveryRow[]) {
        if (!budget.take(service, row.bytes)) break;
        const standing = claimed(standingOf(row), now + request.leaseMs);
        moveTo(store, row, standing, now);
        claims.push(claimedDelivery(store, row, standing));
      }
    }
    return claims;
  });
}

/** Ends every claim of an earlier epoch. Within the caller's transaction. */
export function voidClaims(store: Store): void {
  endClaims(store, store.sql("SELECT * FROM delivery WHERE state > 2 AND state IN (3, 4)").all() as unknown as DeliveryRow[], "CRASHED");
}

function endClaims(store: Store, rows: readonly DeliveryRow[], lapse: Lapse): void {
  const now = store.now();
  for (const row of rows) {
    const [standing, outcome] = lapsed(standingOf(row), lapse, { now, recordedAt: row.recorded_at });
    if (outcome !== undefined) storeOutcome(store, row, { attempt: standing.attempts, at: now, body: JSON.stringify(outcome) });
    moveTo(store, row, standing, now);
  }
}
