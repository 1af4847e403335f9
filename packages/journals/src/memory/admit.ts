import type { Admission, AdmitRequest, CountedQuota, DeliveryRecord, Starting } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PURGE_ROWS } from "../shared/limits.ts";
import { givenUp, type Judged } from "../shared/queue.ts";
import { refusalOf, type Room } from "../shared/refusal.ts";
import { holdsClaim } from "../shared/standing.ts";
import type { HeldDelivery, Memory } from "./memory.ts";
import { behind, giveUp, limitOf, putOff, roomAtOf } from "./queue.ts";
import { delivery } from "./read.ts";

export function admit(memory: Memory, requests: readonly AdmitRequest[], now: number): (Admission | undefined)[] {
  const judged: Judged[] = [];
  const admissions = requests.map(({ claim, quotas, peek = false }) => {
    const held = memory.deliveries.get(claim.id);
    if (held === undefined || !holdsClaim(held.standing, claim)) return undefined;
    judged.push({ before: held.quota && limitOf(held.quota), now: quotas?.map(limitOf) });
    const codes = held.outcomes.flatMap(({ outcome }) => (outcome.kind === "accepted" ? [] : [outcome.code]));
    return { refusal: admitOne(memory, held, quotas ?? [], { peek, now }), codes };
  });
  for (const limit of givenUp(judged)) giveUp(memory, limit);
  return admissions;
}

interface Asking {
  readonly peek: boolean;
  readonly now: number;
}

function admitOne(memory: Memory, held: HeldDelivery, quotas: readonly CountedQuota[], { peek, now }: Asking): Admission["refusal"] {
  const refusal = refusalOf(
    quotas.map((quota) => roomOf(memory, held, { quota, now })),
    now,
  );
  if (refusal !== undefined || peek) return refusal;
  for (const { of, perMs } of quotas) count(memory, of, held.id, now + perMs);
  for (const quota of quotas) putOff(memory, quota, now);
  return undefined;
}

function count({ admitted }: Memory, of: string, id: string, until: number): void {
  admitted.set(of, (admitted.get(of) ?? new Map<string, number>()).set(id, until));
}

/** Among what is counted, as if by a quota that lets everything through. */
export function rememberAlike(memory: Memory, { id, alike }: Starting, now: number): void {
  if (alike !== undefined) count(memory, nameOfAlike(alike), id, now + KEY_KEPT_MS);
}

/** Deliveries that were started under this text, oldest first. */
export function alike(memory: Memory, text: string, now: number): DeliveryRecord[] {
  const ids = [...(memory.admitted.get(nameOfAlike(text)) ?? [])].filter(([, until]) => until > now).map(([id]) => id);
  return ids.flatMap((id) => delivery(memory, id) ?? []).toSorted((left, right) => left.seq - right.seq);
}

/** Not the name of a quota, which is a list. */
function nameOfAlike(text: string): string {
  return `alike ${text}`;
}

/** One that the quota counts already has its place. */
function roomOf(memory: Memory, held: HeldDelivery, { quota, now }: { readonly quota: CountedQuota; readonly now: number }): Room {
  if ((memory.admitted.get(quota.of)?.get(held.id) ?? now) > now) return { roomAt: now };
  return { roomAt: roomAtOf(memory, quota, now), behind: behind(memory, held, quota) };
}

/** Forgets what is counted no longer, at most so much. Returns how much it was. */
export function forgetAdmitted({ admitted }: Memory, now: number): number {
  let forgotten = 0;
  for (const [of, counted] of admitted) {
    for (const [id, until] of counted) if (until <= now && forgotten < PURGE_ROWS && counted.delete(id)) forgotten += 1;
    if (counted.size === 0) admitted.delete(of);
  }
  return forgotten;
}
