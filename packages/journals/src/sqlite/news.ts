import { addressOf, shownAddress } from "@backstitch/core/connector";
import { mayMove, type Addressed, type Learned, type News, type Suppression, type SuppressionFilter } from "@backstitch/core/journal";
import { encodeValue, type Row } from "@backstitch/core/values";
import { KEY_KEPT_MS, PURGE_ROWS, SHOWN } from "../shared/limits.ts";
import { changesOf, joined, nameOfSuppressed, reportedOutcome, reportOf, type Change, type KeptReport } from "../shared/news.ts";
import { isSettled, reported } from "../shared/standing.ts";
import { hashBy } from "./admit.ts";
import { deliveriesById, moveTo, releaseLanes, selectDeliveries, storeOutcome, type DeliveryRow } from "./delivery-row.ts";
import type { Store } from "./store.ts";

export function learn(store: Store, news: readonly News[]): Learned[] {
  if (news.length === 0) return [];
  return store.transaction(() => {
    const rows = deliveriesById(
      store,
      news.flatMap(({ deliveryId }) => deliveryId ?? []),
    );
    const hash = hashBy(store);
    const learned = news.map((one) => {
      const ofDelivery = learnOne(store, one, rows.get(one.deliveryId ?? ""));
      const changed = changesOf(one).map((change) => suppress(store, change, hash));
      return ofDelivery ?? (changed.includes(true) ? "new" : "known");
    });
    if ([...rows.values()].some(mayAccept)) acceptReported(store);
    return learned;
  });
}

const REPORT = "SELECT standing, at, code, reason, receipt AS receiptId FROM report WHERE delivery = ?";
const KEEP_REPORT = `
  INSERT INTO report VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT DO UPDATE SET standing = ?2, at = ?3, code = ?4, reason = ?5, receipt = ?6, open = ?7`;

/** Undefined: it tells nothing of a delivery. */
function learnOne(store: Store, news: News, row: DeliveryRow | undefined): Learned | undefined {
  const told = reportOf(news);
  if (told === undefined) return undefined;
  if (row === undefined || row.service !== news.service) return "unknown";
  const before = keptReport(store, row.seq);
  const { standing, at, code, reason, receiptId } = joined(before, told);
  const open = isSettled(row.state) || row.redriven ? 0 : 1;
  store.sql(KEEP_REPORT).run(row.seq, standing, at, code ?? null, reason ?? null, receiptId ?? null, open);
  return standing === before?.standing && code === before.code ? "known" : "new";
}

/** What was told last of a delivery. */
export function keptReport(store: Store, seq: number): KeptReport | undefined {
  const row = store.sql(REPORT).get(seq) as unknown as { [Name in keyof KeptReport]: KeptReport[Name] | null } | undefined;
  if (row === undefined) return undefined;
  const { code, reason, receiptId, ...told } = row as KeptReport & typeof row;
  return { ...told, code: code ?? undefined, reason: reason ?? undefined, receiptId: receiptId ?? undefined };
}

/** Most deliveries that one call accepts. */
const ACCEPT_ROWS = 1_000;
const TOLD_OF = "WHERE seq IN (SELECT delivery FROM report WHERE open = 1 LIMIT ?)";
const CLOSE = "UPDATE report SET open = 0 WHERE delivery = ? AND open = 1";

/** What is told of and not settled was taken. What is under a claim has its end by that. Within the caller's transaction. */
export function acceptReported(store: Store): void {
  if (store.sql("SELECT 1 FROM report WHERE open = 1 LIMIT 1").get() === undefined) return;
  const rows = selectDeliveries(store, TOLD_OF, ACCEPT_ROWS);
  const accepted = rows.filter(mayAccept);
  for (const row of accepted) acceptOne(store, row);
  for (const { seq } of rows.filter(({ state }) => isSettled(state) || mayMove("report", state))) store.sql(CLOSE).run(seq);
  releaseLanes(
    store,
    accepted.filter((row) => !row.blocked),
  );
}

/** Of what was sent again nobody can tell of which time the far side tells. */
function mayAccept({ state, redriven }: DeliveryRow): boolean {
  return mayMove("report", state) && !redriven;
}

function acceptOne(store: Store, row: DeliveryRow): void {
  const now = store.now();
  const standing = reported(row);
  const outcome = reportedOutcome(keptReport(store, row.seq)?.receiptId);
  storeOutcome(
    store,
    { seq: row.seq, claim: standing.claim },
    { attempt: row.attempts, at: now, body: encodeValue(outcome as unknown as Row) },
  );
  // Nothing else keeps it back any more.
  store.sql("UPDATE delivery SET blocked = 0 WHERE seq = ? AND blocked > 1").run(row.seq);
  moveTo(store, row, standing, now);
}

type Hash = (text: string) => Uint8Array;

const LISTED = "code IS NOT NULL AND since > lifted_at";
const SUPPRESS = `
  INSERT INTO suppression VALUES (?1, ?2, ?3, ?4, ?5, ?6, -1)
  ON CONFLICT DO UPDATE SET code = ?4, since = ?5, delivery = ?6 WHERE ?5 > since`;
const LIFT = `
  INSERT INTO suppression VALUES (?1, ?2, ?3, NULL, -1, NULL, ?4)
  ON CONFLICT DO UPDATE SET lifted_at = max(lifted_at, ?4)`;

/** Whether it changes who is suppressed, or why. */
function suppress(store: Store, { service, address, at, code, deliveryId }: Change, hash: Hash): boolean {
  const recipient = addressOf(address);
  const name = hash(nameOfSuppressed(service, recipient));
  const shown = shownAddress(recipient);
  if (code !== undefined) return store.sql(SUPPRESS).run(name, service, shown, code, at, deliveryId ?? null).changes > 0;
  const was = store.sql(`SELECT 1 FROM suppression WHERE recipient = ? AND ${LISTED} AND since <= ?`).get(name, at) !== undefined;
  store.sql(LIFT).run(name, service, shown, at);
  return was;
}

const SHOW = "SELECT service, shown, code, since, delivery FROM suppression";

interface SuppressionRow extends Omit<Suppression, "deliveryId"> {
  readonly delivery: string | null;
}

function shownRow({ delivery, ...row }: SuppressionRow): Suppression {
  return { ...row, deliveryId: delivery ?? undefined };
}

export function suppressed(store: Store, asked: readonly Addressed[]): Suppression[][] {
  const hash = hashBy(store);
  const find = store.sql(`${SHOW} WHERE recipient = ? AND ${LISTED}`);
  return asked.map(({ service, addresses }) =>
    addresses.flatMap((address) => {
      const row = find.get(hash(nameOfSuppressed(service, addressOf(address)))) as unknown as SuppressionRow | undefined;
      return row === undefined ? [] : [shownRow(row)];
    }),
  );
}

export function suppressions(store: Store, { service, limit = SHOWN }: SuppressionFilter): Suppression[] {
  const rows = store
    .sql(`${SHOW} WHERE ${LISTED} AND (?1 IS NULL OR service = ?1) ORDER BY since DESC, recipient DESC LIMIT ?2`)
    .all(service ?? null, limit);
  return (rows as unknown as SuppressionRow[]).map(shownRow).toReversed();
}

/** Forgets whom it was said so long ago that they are sent to again. Returns how many rows it touched. */
export function forgetLifted(store: Store, now: number): number {
  const old = `SELECT recipient FROM suppression WHERE lifted_at >= since AND lifted_at <= ? LIMIT ${PURGE_ROWS}`;
  return Number(store.sql(`DELETE FROM suppression WHERE recipient IN (${old})`).run(now - KEY_KEPT_MS).changes);
}
