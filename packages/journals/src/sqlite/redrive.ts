import { mayMove, type Note, type RedriveRequest } from "@backstitch/core/journal";
import { encodeValue } from "@backstitch/core/values";
import { readRow } from "../shared/readable.ts";
import { decidedOutcome, redriven } from "../shared/standing.ts";
import { deliveriesById, type DeliveryRow, lastCode, moveTo, releaseLanes, storeOutcome, storePayload } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** Returns the ids that were redriven. */
export function redrive(store: Store, requests: readonly RedriveRequest[], note: Note | undefined): string[] {
  return store.transaction(() => requests.filter((request) => redriveOne(store, request, note)).map((request) => request.id));
}

const LEAVE = "UPDATE delivery SET queued = 0 WHERE seq = ?";
const OUT_OF_ORDER = "UPDATE delivery SET redriven = 1, blocked = ?, purged = 0, expires_at = NULL WHERE seq = ?";

function redriveOne(store: Store, { id, rendered }: RedriveRequest, note: Note | undefined): boolean {
  const now = store.now();
  const row = deliveriesById(store, [id]).get(id);
  if (row === undefined || !mayMove("redrive", row.state)) return false;
  if (row.service === null || store.entries.load(row.entry).action === undefined) return false;
  const payload = store.sql("SELECT args FROM payload WHERE delivery = ?").get(row.seq) as { args: string } | undefined;
  const hasArguments = readRow(payload?.args ?? null) !== undefined;
  if (!hasArguments && rendered === undefined) return false;
  const lane = row.lane === "" ? (rendered?.lane ?? "") : row.lane;
  if (!hasArguments && rendered !== undefined) storeRendered(store, row, { ...rendered, lane });
  if (row.queued) store.sql(LEAVE).run(row.seq);
  if (row.queued && !row.blocked) releaseLanes(store, [row]);
  store.sql(OUT_OF_ORDER).run(isBusy(store, lane) ? 1 : 0, row.seq);
  const standing = redriven(row, now, lastCode(store, row));
  store.sql("DELETE FROM report WHERE delivery = ?").run(row.seq);
  const kept = { attempt: row.attempts, at: now };
  if (note !== undefined) storeOutcome(store, { ...row, ...standing }, { ...kept, body: JSON.stringify(decidedOutcome("retry", note)) });
  moveTo(store, { ...row, queued: false, redriven: true }, standing, now);
  return true;
}

const BUSY = `
  SELECT 1 WHERE EXISTS (SELECT 1 FROM delivery WHERE lane = ?1 AND redriven = 1 AND queued = 1)
  OR EXISTS (SELECT 1 FROM delivery WHERE state > 2 AND state IN (3, 4) AND lane = ?1 AND redriven = 1)`;

/** Whether a redriven delivery of the lane is not settled. Looked up: beside the owner nobody knows from memory what is under a claim. */
function isBusy(store: Store, lane: string): boolean {
  return store.sql(BUSY).get(lane) !== undefined;
}

const RENDERED = "UPDATE delivery SET entry = ?, service = ?, lane = ?, bytes = ? WHERE seq = ?";

function storeRendered(store: Store, { seq, entry }: DeliveryRow, rendered: NonNullable<RedriveRequest["rendered"]>): void {
  const { service, action, args, lane, ifUncertain, retry, turn } = rendered;
  const text = encodeValue(args);
  // What cannot be read makes room for what is rendered again.
  store.sql("DELETE FROM payload WHERE delivery = ?").run(seq);
  storePayload(store, seq, text, turn);
  const today = store.entries.store({ ...store.entries.load(entry), action, ifUncertain, retry });
  store.entries.use(entry, -1);
  store.entries.use(today, 1);
  store.sql(RENDERED).run(today, service, lane, Buffer.byteLength(text), seq);
}
