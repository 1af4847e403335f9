import { mayMove, type Decision, type Note } from "@backstitch/core/journal";
import { decided, decidedOutcome } from "../shared/standing.ts";
import { deliveriesById, lastCode, moveTo, releaseLanes, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import { forgetPayloads } from "./purge.ts";
import type { Store } from "./store.ts";

/** Returns the ids to which it was done. */
export function decide(store: Store, decision: Decision, ids: readonly string[], note: Note): string[] {
  return store.transaction(() => {
    const rows = deliveriesById(store, [...new Set(ids)]);
    const permitted = [...rows.values()].filter((row) => mayMove(decision, row.state));
    const changed = decision === "forget" ? permitted.filter((row) => hasPayload(store, row)) : permitted;
    for (const row of changed) decideOne(store, row, decision, note);
    if (decision === "forget") forgetPayloads(store, changed);
    if (decision === "drop")
      releaseLanes(
        store,
        changed.filter((row) => !row.blocked),
      );
    const done = new Set(changed.map((row) => row.id));
    return ids.filter((id) => done.delete(id));
  });
}

function decideOne(store: Store, row: DeliveryRow, decision: Decision, note: Note): void {
  const now = store.now();
  const { ifUncertain } = store.entries.load(row.entry);
  const standing = decided(row, decision, { now, recordedAt: row.recordedAt, ifUncertain, last: lastCode(store, row) });
  const body = JSON.stringify(decidedOutcome(decision, note));
  storeOutcome(store, { seq: row.seq, claim: standing.claim }, { attempt: row.attempts, at: now, body });
  // One that was forgotten stays where it stands, and is known until it would have been.
  if (decision === "forget") store.sql("UPDATE delivery SET claim = ? WHERE seq = ?").run(standing.claim, row.seq);
  else {
    // Held or dropped, nothing else keeps it back.
    if (row.quota !== null) store.sql("UPDATE delivery SET blocked = 0 WHERE seq = ? AND blocked = 3").run(row.seq);
    moveTo(store, row, standing, now);
  }
}

function hasPayload(store: Store, { seq }: DeliveryRow): boolean {
  return store.sql("SELECT 1 FROM delivery WHERE seq = ? AND purged = 0").get(seq) !== undefined;
}
