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
  /** What becomes of more: it waits, ends with a record, or is held for a person. */
  readonly exceeded: "delay" | "drop" | "hold";
}
