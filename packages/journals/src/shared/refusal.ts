import type { Admission } from "@backstitch/core/journal";

/** The quota that has room last, where one has none now. @param roomAts When each quota has room: now, or later. */
export function refusalOf(roomAts: readonly number[], now: number): Admission["refusal"] {
  let refusal: Admission["refusal"];
  for (const [quota, roomAt] of roomAts.entries()) if (roomAt > Math.max(now, refusal?.roomAt ?? now)) refusal = { quota, roomAt };
  return refusal;
}
