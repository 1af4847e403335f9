import type { Admission, AdmitRequest, CountedQuota } from "@backstitch/core/journal";
import { PURGE_ROWS } from "../shared/limits.ts";
import { refusalOf } from "../shared/refusal.ts";
import { holdsClaim } from "../shared/standing.ts";
import type { Memory } from "./memory.ts";

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
  for (const { of, perMs } of quotas) {
    const counted = memory.admitted.get(of) ?? new Map<string, number>();
    memory.admitted.set(of, counted.set(id, now + perMs));
  }
  return undefined;
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
