import type { OutcomeKind } from "@backstitch/core/connector";

/** What one of Twilio's error codes means for a delivery. */
export interface CodeMeaning {
  readonly outcome: Exclude<OutcomeKind, "accepted">;
  /** Ours: Twilio's own sentences quote numbers. */
  readonly sentence: string;
  /** Where Twilio names no time but a short wait is known to be useless. Milliseconds. */
  readonly retryAfterMs?: number;
  /** A delivery that has this argument is `rejected`: the configuration may be right. */
  readonly argument?: "messagingServiceSid";
}

/**
 * Codes that say more than their HTTP status, https://www.twilio.com/docs/api/errors. Twilio splits and changes codes, so this is data
 * beside a default by status. A sender or permission that fails for one recipient is `rejected`: other recipients may be fine.
 */
export const codes: Readonly<Record<number, CodeMeaning>> = {
  20003: { outcome: "locked-out", sentence: "Twilio refused the account SID or auth token" },
  20005: { outcome: "locked-out", sentence: "The Twilio account is not active" },
  20404: { outcome: "locked-out", sentence: "Twilio does not know the account" },
  20429: { outcome: "throttled", sentence: "Twilio takes fewer requests than are sent" },
  21211: { outcome: "rejected", sentence: "The recipient's number is not valid" },
  21212: { outcome: "rejected", sentence: "The sender is not valid" },
  21217: { outcome: "rejected", sentence: "The recipient's number is not in a form that Twilio can read" },
  21408: { outcome: "rejected", sentence: "The account may not send to the recipient's country" },
  21602: { outcome: "rejected", sentence: "The message has no body" },
  21603: { outcome: "rejected", sentence: "The message has no sender" },
  21604: { outcome: "rejected", sentence: "The message has no recipient" },
  21606: { outcome: "rejected", sentence: "The sender cannot send messages to this recipient" },
  21608: { outcome: "rejected", sentence: "A trial account sends to verified numbers only" },
  21610: { outcome: "rejected", sentence: "The recipient has opted out of messages from this sender" },
  21611: { outcome: "throttled", sentence: "The sender's queue is full", retryAfterMs: 120_000 },
  21612: { outcome: "rejected", sentence: "The sender cannot reach this recipient" },
  21614: { outcome: "rejected", sentence: "The recipient's number is not a mobile number" },
  21617: { outcome: "rejected", sentence: "The body is longer than 1,600 characters" },
  21620: { outcome: "rejected", sentence: "An address of media is not valid" },
  21635: { outcome: "rejected", sentence: "The recipient's number is a landline" },
  21655: { outcome: "rejected", sentence: "The account has no such content template" },
  21656: { outcome: "rejected", sentence: "The content variables do not fit the template, or one is empty or has line breaks" },
  21658: { outcome: "rejected", sentence: "The body or a content variable is longer than 1,600 characters" },
  21703: { outcome: "rejected", sentence: "The Messaging Service has no sender for this recipient" },
  21705: { outcome: "locked-out", sentence: "Twilio does not know the Messaging Service", argument: "messagingServiceSid" },
  35114: { outcome: "rejected", sentence: "The time to send it at is not from 15 minutes to 35 days ahead" },
  63038: { outcome: "throttled", sentence: "The account has sent its daily number of messages", retryAfterMs: 3_600_000 },
};

/** What a status means where the code is not known, or is of no help. */
export interface StatusMeaning {
  /** First and last. */
  readonly status: readonly [from: number, to: number];
  readonly outcome: CodeMeaning["outcome"];
  /** Goes on after "Twilio answered 500 and". */
  readonly says: string;
}

/** The first row that fits. Any 5xx may have made the message, whatever code it has; a 429 has not: https://www.twilio.com/docs/api/errors/20429 */
export const statuses: readonly StatusMeaning[] = [
  { status: [300, 399], outcome: "rejected", says: "did not take the message" },
  { status: [401, 401], outcome: "locked-out", says: "refused the account SID or auth token" },
  // Not Twilio's own, but of what stands before it: the request was not taken.
  { status: [408, 408], outcome: "unavailable", says: "asks for another try" },
  { status: [425, 425], outcome: "unavailable", says: "asks for another try" },
  { status: [429, 429], outcome: "throttled", says: "takes fewer requests than are sent" },
  { status: [400, 499], outcome: "rejected", says: "did not take the message" },
  { status: [500, 599], outcome: "uncertain", says: "may have taken the message" },
];
