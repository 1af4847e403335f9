import type { ClaimToken, Settlement } from "@backstitch/core/journal";
import { encodeValue, type Row } from "@backstitch/core/values";
import { holdsClaim, settled } from "../shared/standing.ts";
import { moveTo, standingOf, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** A lapsed claim may not start: its lease no longer covers the attempt. */
const START = "UPDATE delivery SET state = 4 WHERE id = ? AND claim = ? AND state = 3 AND next_at > ?";

/** Returns the claims that may go on. */
export function start(store: Store, claims: readonly ClaimToken[]): ClaimToken[] {
  return store.owned(() => {
    const now = store.now();
    return claims.filter((token) => {
      const { changes } = store.sql(START).run(token.id, token.number, now);
      if (changes === 0) return isStarted(store, token);
      store.count("claimed", -1);
      store.count("started", 1);
      return true;
    });
  });
}

function isStarted(store: Store, { id, number }: ClaimToken): boolean {
  return store.sql("SELECT 1 FROM delivery WHERE id = ? AND claim = ? AND state = 4").get(id, number) !== undefined;
}

/** Returns the claims that were no longer the latest. */
export function settle(store: Store, settlements: readonly Settlement[]): ClaimToken[] {
  return store.owned(() => {
    const now = store.now();
    return settlements.filter((one) => !settleOne(store, one, now)).map((one) => one.claim);
  });
}

function settleOne(store: Store, settlement: Settlement, now: number): boolean {
  const row = store.sql("SELECT * FROM delivery WHERE id = ?").get(settlement.claim.id) as DeliveryRow | undefined;
  if (row === undefined) return false;
  const standing = standingOf(row);
  if (!holdsClaim(standing, settlement.claim)) return false;
  const { outcome, attempts } = settlement;
  if (outcome !== undefined) storeOutcome(store, row, { attempt: attempts, at: now, body: encodeValue(outcome as unknown as Row) });
  moveTo(store, row, settled(standing, settlement, row.recorded_at), now);
  return true;
}
