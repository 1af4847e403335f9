import type { DeliveryState, Unaccounted } from "@backstitch/core/journal";

/** Most that one look returns. */
export const MOST_UNACCOUNTED = 1_000;

/** What each code says of a delivery or an event. */
const SENTENCES = {
  ARGUMENTS_MISSING: "It is to be sent, and its arguments are not stored.",
  ARGUMENTS_UNREADABLE: "It is to be sent, and its arguments are stored, but cannot be read.",
  ENTRY_MISSING: "What is known of its rule and action is not stored.",
  EVENT_MISSING: "The event that it belongs to is not stored.",
  LANE_BROKEN: "Of its lane more than one may go first.",
  LANE_STUCK: "It waits for another of its lane, and there is none.",
  NEVER_DUE: "It has no end, and no time from which it goes on.",
} as const;

export function unaccounted(code: keyof typeof SENTENCES, id: string): Unaccounted {
  return { id, code, reason: SENTENCES[code] };
}

/** A tally that is not the number of rows. */
export function wrongCount(state: string, there: number, counted: number): Unaccounted {
  return { id: state, code: "COUNT_WRONG", reason: `${there} deliveries are ${state}; ${counted} were counted.` };
}

/** An event, of whose deliveries not as many are there as it asked for. */
export function eventUnaccounted(id: string, asked: number, there: number): Unaccounted {
  const reason =
    asked === 0 && there === 0
      ? "It is kept because it matched, and neither a delivery nor an undecided rule belongs to it."
      : `${asked} of its deliveries were recorded and are not forgotten yet; ${there} of them can be found.`;
  return { id, code: "EVENT_UNACCOUNTED", reason };
}

export function withoutOutcome(id: string, state: DeliveryState): Unaccounted {
  return { id, code: "OUTCOME_MISSING", reason: `It is ${state}, and no outcome of it says so.` };
}
