import type { CountedQuota } from "@backstitch/core/journal";
import { LOOK_QUEUES, LOOK_ROWS, nextLookAt, NOBODY_ASKS, PROBE_LIMITS } from "../shared/queue.ts";
import type { HeldDelivery, HeldQueue, Memory } from "./memory.ts";

export function limitOf({ of, limit = of }: CountedQuota): string {
  return limit;
}

export function joinQueue({ queues }: Memory, held: HeldDelivery, quota: CountedQuota, lookAt: number): void {
  const { of, most } = quota;
  const queue = queues.get(of) ?? { of, limit: limitOf(quota), most, lookAt };
  queue.most = most;
  queues.set(of, queue);
  held.quota = quota;
  held.keptBack = true;
}

/** When its queue is looked at next, where one that is older waits in it. */
export function behind(memory: Memory, { seq }: HeldDelivery, { of }: CountedQuota): number | undefined {
  for (const { keptBack, quota, seq: other } of memory.open) {
    if (keptBack && other < seq && quota?.of === of) return memory.queues.get(of)?.lookAt;
  }
  return undefined;
}

/** The quota has counted another: its queue is looked at when it has room again. */
export function putOff(memory: Memory, quota: CountedQuota, now: number): void {
  const queue = memory.queues.get(quota.of);
  const roomAt = roomAtOf(memory, quota, now);
  if (queue !== undefined && roomAt > now) queue.lookAt = roomAt;
}

export function giveUp({ queues }: Memory, limit: string): void {
  for (const queue of queues.values()) {
    if (queue.limit !== limit || queue.most === NOBODY_ASKS) continue;
    queue.most = NOBODY_ASKS;
    queue.lookAt = 0;
  }
}

/** When the quota has room for one more. */
export function roomAtOf(memory: Memory, { of, most }: Pick<CountedQuota, "of" | "most">, now: number): number {
  return countedNow(memory, of, now).sort((left, right) => right - left)[most - 1] ?? now;
}

function countedNow({ admitted }: Memory, of: string, now: number): number[] {
  return [...(admitted.get(of)?.values() ?? [])].filter((until) => until > now);
}

/** Lets out what has expired, what there is room for, and from time to time one of each limit. */
export function lookAtQueues(memory: Memory, now: number): void {
  const expired = waiting(memory).filter(({ expiresAt = Infinity }) => expiresAt <= now);
  letOut(expired.slice(0, LOOK_ROWS), now);
  probe(memory, now);
  let left = LOOK_ROWS;
  const due = [...memory.queues.values()].filter(({ lookAt }) => lookAt <= now).sort((one, other) => one.lookAt - other.lookAt);
  for (const queue of due.slice(0, LOOK_QUEUES)) if (left > 0) left -= look(memory, queue, { left, now });
}

/** Returns how many it let out. */
function look(memory: Memory, queue: HeldQueue, { left, now }: { readonly left: number; readonly now: number }): number {
  const room = queue.most - countedNow(memory, queue.of, now).length;
  const out = waitingIn(memory, queue.of).slice(0, Math.max(0, Math.min(room, left)));
  letOut(out, now);
  if (waitingIn(memory, queue.of).length === 0) memory.queues.delete(queue.of);
  else if (room <= 0) queue.lookAt = roomAtOf(memory, queue, now);
  else queue.lookAt = nextLookAt(now, { room, most: left });
  return out.length;
}

function probe(memory: Memory, now: number): void {
  const after = memory.probes.due(now);
  if (after === undefined) return;
  const byLimit = Map.groupBy(waiting(memory), ({ quota }) => (quota === undefined ? "" : limitOf(quota)));
  const limits = [...byLimit.keys()].filter((limit) => limit > after).sort();
  const probed = limits.slice(0, PROBE_LIMITS);
  for (const limit of probed) {
    const [oldest] = byLimit.get(limit) ?? [];
    // A queue that is due is looked at anyway.
    if (oldest !== undefined && (memory.queues.get(oldest.quota?.of ?? "")?.lookAt ?? now) > now) letOut([oldest], now);
  }
  memory.probes.done(probed, now);
}

/** Oldest first. */
function waiting({ open }: Memory): HeldDelivery[] {
  return [...open].filter(({ keptBack }) => keptBack).sort((left, right) => left.seq - right.seq);
}

function waitingIn(memory: Memory, of: string): HeldDelivery[] {
  return waiting(memory).filter(({ quota }) => quota?.of === of);
}

/** At their old places among what is due. */
function letOut(some: readonly HeldDelivery[], now: number): void {
  for (const held of some) {
    held.keptBack = false;
    held.standing = { ...held.standing, dueAt: Math.min(held.recordedAt, now) };
  }
}
