import type { Failure } from "@backstitch/core/connector";
import type { Row } from "@backstitch/core/values";
import { type Entry, NO_ENTRY } from "./entry.ts";

const REASONS = {
  ARGUMENTS_MISSING: "Its arguments are not in the journal any more, which is damaged: it cannot be sent.",
  ARGUMENTS_UNREADABLE: "Its arguments cannot be read in the journal, which is damaged: it cannot be sent.",
  ENTRY_MISSING: "Its rule and action are not in the journal any more, which is damaged: it cannot be sent.",
  EVENT_MISSING: "Its event is not in the journal any more, which is damaged: it cannot be sent.",
} as const;

/** What a damaged journal still has of a delivery. */
export interface Remains {
  readonly entry: Entry;
  readonly eventId: string | null;
  readonly text: string | null;
  /** The text as it is read. */
  readonly args: Row | undefined;
}

/** What an attempt needs of it, or why it can never be sent. */
export function sendable({ entry, eventId, text, args }: Remains): { readonly eventId: string; readonly args: Row } | Failure {
  if (entry === NO_ENTRY) return lost("ENTRY_MISSING");
  if (eventId === null) return lost("EVENT_MISSING");
  return args === undefined ? lost(text === null ? "ARGUMENTS_MISSING" : "ARGUMENTS_UNREADABLE") : { eventId, args };
}

function lost(code: keyof typeof REASONS): Failure {
  return { kind: "rejected", code, reason: REASONS[code] };
}
