import type { DeliveryState } from "@backstitch/core/journal";

/** Every state. The SQLite journal stores the place in this list: what is new comes last. */
export const STATES = [
  "pending",
  "waiting",
  "uncertain",
  "claimed",
  "started",
  "held",
  "accepted",
  "rejected",
  "expired",
  "dropped",
] as const satisfies readonly DeliveryState[];
