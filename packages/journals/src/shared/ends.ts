import type { DeliveryState } from "@backstitch/core/journal";

/** By which outcome each end is told, what was forgotten by hand since not looked at: by its kind, or by its code where a person decided. */
const ENDS = [
  ["accepted", ["accepted"]],
  ["rejected", ["rejected"]],
  ["expired", ["rejected"]],
  ["dropped", ["rejected", "DROPPED_BY_HAND"]],
  // An older Backstitch told of what its rule held again by what a person had decided before.
  ["held", ["uncertain", "throttled", "HELD_BY_HAND", "RETRIED_BY_HAND", "RELEASED_BY_HAND"]],
] as const satisfies readonly (readonly [DeliveryState, readonly string[]])[];

/** Each end with what may tell of it, as "state told". */
export const TOLD: readonly string[] = ENDS.flatMap(([state, all]) => all.map((told) => `${state} ${told}`));

/** The code of what is decided of a delivery that has ended, and leaves it as it stands. */
export const FORGOTTEN = "FORGOTTEN_BY_HAND";
