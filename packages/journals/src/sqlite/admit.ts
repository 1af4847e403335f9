import { createHmac } from "node:crypto";
import type { Admission, AdmitRequest, CountedQuota, Starting } from "@backstitch/core/journal";
import { KEY_KEPT_MS } from "../shared/limits.ts";
import { countedOf, givenUp, type Judged, limitOf, queueOf } from "../shared/queue.ts";
import { refusalOf, type Room } from "../shared/refusal.ts";
import { holdsClaim } from "../shared/standing.ts";
import { deliveriesById } from "./delivery-row.ts";
import type { Store } from "./store.ts";

/** One after another, so that each is counted by what was admitted before it. */
export function admit(store: Store, requests: readonly AdmitRequest[]): (Admission | undefined)[] {
  return store.owned(() => {
    const now = store.now();
    const key = secretOf(store);
    const rows = deliveriesById(
      store,
      requests.map(({ claim }) => claim.id),
    );
    const judged: Judged[] = [];
    const admissions = requests.map(({ claim, quotas, peek = false }) => {
      const row = rows.get(claim.id);
      if (row === undefined || !holdsClaim(row, claim)) return undefined;
      const counted = quotas?.map((quota) => ({ ...quota, queue: queueOf(quota, hexBy(key)) }));
      judged.push({ before: row.quota === null ? undefined : limitOf(row.quota), now: counted?.map(({ queue }) => limitOf(queue)) });
      return { refusal: admitOne(store, row.seq, counted ?? [], { peek, now }), codes: codesOf(store, row.seq) };
    });
    for (const limit of givenUp(judged)) store.queues.giveUp(limit);
    return admissions;
  });
}

/** Of the quota's queue. */
export function queueName(store: Store, quota: CountedQuota): string {
  return queueOf(quota, hexBy(secretOf(store)));
}

/** Hashes by this journal's key. */
export function hashBy(store: Store): (text: string) => Uint8Array {
  const key = secretOf(store);
  return (text) => hashOf(key, text);
}

function hexBy(key: Uint8Array): (text: string) => string {
  return (text) => Buffer.from(hashOf(key, text)).toString("hex");
}

function secretOf(store: Store): Uint8Array {
  return (store.sql("SELECT key FROM secret").get() as { key: Uint8Array }).key;
}

/** Among what is counted, as if by a quota that lets everything through. Within the caller's transaction. */
export function rememberAlike(store: Store, { alike }: Starting, delivery: number, now: number): void {
  if (alike !== undefined) store.sql(ADMIT).run(hashOf(secretOf(store), nameOfAlike(alike)), delivery, now + KEY_KEPT_MS);
}

/** Rows of the deliveries that were started under this text, oldest first. */
export function alikeRows(store: Store, text: string): number[] {
  const by = hashOf(secretOf(store), nameOfAlike(text));
  const rows = store.sql("SELECT delivery FROM admitted WHERE counted = ? AND until > ? ORDER BY delivery").all(by, store.now());
  return (rows as { delivery: number }[]).map(({ delivery }) => delivery);
}

/** Not the name of a quota, which is a list. */
function nameOfAlike(text: string): string {
  return `alike ${text}`;
}

interface QueuedQuota extends CountedQuota {
  readonly queue: string;
}

interface Asking {
  readonly peek: boolean;
  readonly now: number;
}

const ADMIT = "INSERT INTO admitted VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET until = ?3";

function admitOne(store: Store, delivery: number, quotas: readonly QueuedQuota[], { peek, now }: Asking): Admission["refusal"] {
  const refusal = refusalOf(
    quotas.map((quota) => roomOf(store, delivery, { quota, now })),
    now,
  );
  if (refusal !== undefined || peek) return refusal;
  for (const { queue, perMs } of quotas) store.sql(ADMIT).run(hashIn(queue), delivery, now + perMs);
  for (const { queue, most } of quotas) {
    const roomAt = store.queues.isOpen(queue) ? roomAtOf(store, queue, { most, now }) : now;
    if (roomAt > now) store.queues.putOff(queue, roomAt);
  }
  return undefined;
}

function hashIn(queue: string): Uint8Array {
  return Buffer.from(countedOf(queue), "hex");
}

const OWN = "SELECT 1 FROM admitted WHERE counted = ? AND delivery = ? AND until > ?";
const LATEST = "SELECT until FROM admitted WHERE counted = ? AND until > ? ORDER BY until DESC LIMIT 1 OFFSET ?";

/** One that the quota counts already has its place. */
function roomOf(store: Store, delivery: number, { quota, now }: { readonly quota: QueuedQuota; readonly now: number }): Room {
  const { queue, most } = quota;
  if (store.sql(OWN).get(hashIn(queue), delivery, now) !== undefined) return { roomAt: now };
  return { roomAt: roomAtOf(store, queue, { most, now }), behind: store.queues.behind(delivery, queue) };
}

/** When the quota has room for one more. */
function roomAtOf(store: Store, queue: string, { most, now }: { readonly most: number; readonly now: number }): number {
  const row = store.sql(LATEST).get(hashIn(queue), now, most - 1) as { until: number } | undefined;
  return row?.until ?? now;
}

/** Names of recipients outlive the deliveries to them by a hash alone, which nobody can guess from who there is: its key is this journal's. */
function hashOf(key: Uint8Array, of: string): Uint8Array {
  return createHmac("sha256", key).update(of).digest().subarray(0, 16);
}

function codesOf(store: Store, delivery: number): string[] {
  const rows = store.sql("SELECT body ->> '$.code' AS code FROM outcome WHERE delivery = ? ORDER BY claim").all(delivery);
  return (rows as { code: string | null }[]).flatMap(({ code }) => code ?? []);
}

/** Forgets what is counted no longer, at most so many rows. Returns how many. */
export function forgetAdmitted(store: Store, now: number, limit: number): number {
  const old = "SELECT counted, delivery FROM admitted WHERE until <= ? LIMIT ?";
  return Number(store.sql(`DELETE FROM admitted WHERE (counted, delivery) IN (${old})`).run(now, limit).changes);
}
