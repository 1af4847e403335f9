/** So many in any stretch of time of that length. */
export interface Quota {
  /** At least 1. */
  readonly most: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/** When nothing is delivered, by a clock on a wall: from one minute of the day until another, which may be on the next day. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Its name: `Europe/Zurich`. */
  readonly timeZone: string;
}

/** The most that a rule, or one entry of it, lets through. */
export interface RuleLimits {
  /** What is counted together: `["low-stock"]`, or one entry of it, `["low-stock", "text"]`. */
  readonly of: readonly string[];
  readonly perRecipient?: Quota | undefined;
  readonly total?: Quota | undefined;
  readonly quietHours?: QuietHours | undefined;
  /** The most deliveries through which an event may have come to be, as its `hops` say. @default 8, also where there are no limits */
  readonly hops?: number | undefined;
  /** What becomes of more: it waits, ends with a record, or is held for a person. What came through too many deliveries never waits, but ends. */
  readonly exceeded: "delay" | "drop" | "hold";
}

/** Whether what they let through depends on a count, or on the hour: that is asked of a journal. Hops are the event's own. */
export function needsJournal(limits: RuleLimits | undefined): boolean {
  return (limits?.perRecipient ?? limits?.total ?? limits?.quietHours) !== undefined;
}
