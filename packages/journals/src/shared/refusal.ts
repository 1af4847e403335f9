import type { Admission } from "@backstitch/core/journal";

/** What keeps a delivery back by a quota. */
export interface Room {
  /** When there is room for it: now, or later. */
  readonly roomAt: number;
  /** When the quota's queue is looked at next, where an older one waits in it. */
  readonly behind?: number | undefined;
}

/** The quota that has room last, where one has none now or others come first. */
export function refusalOf(rooms: readonly Room[], now: number): Admission["refusal"] {
  let refusal: Admission["refusal"];
  for (const [quota, { roomAt, behind }] of rooms.entries()) {
    if (roomAt <= now && behind === undefined) continue;
    const at = Math.max(roomAt, behind ?? now, now);
    if (refusal === undefined || at > refusal.roomAt) refusal = { quota, roomAt: at };
  }
  return refusal;
}
