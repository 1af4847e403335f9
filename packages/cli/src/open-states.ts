import type { DeliveryState } from "@backstitch/core/journal";

/** Of deliveries that are not at their end. */
export const OPEN_STATES: readonly DeliveryState[] = ["pending", "claimed", "started", "waiting", "uncertain", "held"];
