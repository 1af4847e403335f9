import type { Admission, AdmitRequest, CountedQuota, DeliveryRecord, Starting } from "@backstitch/core/journal";
import { KEY_KEPT_MS, PURGE_ROWS } from "../shared/limits.ts";
import { refusalOf } from "../shared/refusal.ts";
import { holdsClaim } from "../shared/standing.ts";
import type { Memory } from "./memory.ts";
import { delivery } from "./read.ts";

export function admit(memory: Memory, requests: readonly AdmitRequest[], now: number): (Admission | undefined)[] {
  return requests.map(({ claim, quotas }) => {
    const held = memory.deliveries.get(claim.id);
    if (held === undefined || !holdsClaim(held.standing, claim)) return undefined;
    const codes = held.outcomes.flatMap(({ outcome }) => (outcome.kind === "accepted" ? [] : [outcome.code]));
    return { refusal: admitOne(memory, claim.id, { quotas, now }), codes };
  });
}

interface Asked {
  readonly quotas: readonly CountedQuota[];
  readonly now: number;
}

function admitOne(memory: Memory, id: string, { quotas, now }: Asked): Admission["refusal"] {
  const refusal = refusalOf(
    quotas.map((quota) => roomOf(memory, id, { quota, now })),
    now,
  );
  if (refusal !== undefined) return refusal;
  for (const { of, perMs } of quotas) count(memory, of, id, now + perMs);
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

/** When the quota has room for the delivery, which may be one that it counts already. */
function roomOf({ admitted }: Memory, id: string, { quota, now }: { readonly quota: CountedQuota; readonly now: number }): number {
  const counted = admitted.get(quota.of) ?? new Map<string, number>();
  if ((counted.get(id) ?? now) > now) return now;
  const latest = [...counted.values()].filter((until) => until > now).sort((left, right) => right - left);
  return latest[quota.most - 1] ?? now;
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
