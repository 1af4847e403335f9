import { ConnectorError, type Found, type LookUpContext, type PastAttempts } from "@backstitch/core/connector";
import type { TwilioClient } from "./client.ts";
import { failureOf } from "./failure.ts";

/** What is looked for. */
export interface Text {
  readonly to: string;
  /** Undefined: it has none, or nobody here knows it. */
  readonly body: string | undefined;
}

/** What Twilio says of a message, as far as it is looked at. */
interface Listed {
  readonly sid: string;
  readonly body: string;
  readonly direction: string;
  readonly dateCreated: Date;
}

/**
 * Clocks differ, and some are set wrong by a day: so much earlier than the delivery was recorded by ours, a message may be its own by Twilio's.
 * Those of other deliveries in that time are told by their receipts, which the journal keeps for longer.
 */
const SKEW_MS = 3 * 86_400_000;
/** An answer stays far below the largest that is read. */
const PAGE = 100;
/** A recipient of more messages than these pages hold is not looked through. */
const MOST_PAGES = 20;
/** A request whose answer was lost may not be listed yet. */
const LISTED_BY_MS = 10_000;

interface Page {
  readonly instances: readonly Listed[];
  nextPage(): Promise<Page> | undefined;
}

/** Addresses that Twilio lists as they are given: others it would write in its own way, and find nothing by ours. */
const AS_LISTED = /^(?:\+[1-9]\d{6,14}|[a-z]+:\S+)$/;

/** Deliveries of one text to one recipient: a message does not say which of them it is. */
export function alike({ to, body }: Text): string {
  return `twilio ${to} ${wordsOf(body ?? "")}`;
}

/**
 * Whether an earlier attempt made a message: by the messages to its recipient, since Twilio has no idempotency key and keeps no id of ours.
 * https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
 */
export async function reconcile(client: TwilioClient, text: Text, context: LookUpContext): Promise<Found> {
  const { past } = context;
  const { to, body } = text;
  if (past === undefined || body === undefined || !AS_LISTED.test(to)) return "cannot-tell";
  const own = await past.own();
  const messages = await messagesTo(client, { to, since: own.recordedAt - SKEW_MS }, context);
  if (messages === undefined) return "cannot-tell";
  const sent = messages.filter(({ direction }) => direction === "outbound-api");
  // An account may have them redacted: then it may be any.
  if (sent.some((message) => message.body === "")) return "cannot-tell";
  // Only now: what was sent before the messages were listed is in the journal by then.
  return pair(sidsOf(sent, sayingOf(body, context.links)), own, await past.others());
}

/** Of the messages with this text, oldest first. */
function sidsOf(messages: readonly Listed[], says: (words: string) => boolean): readonly string[] {
  const same = messages.filter((message) => says(wordsOf(message.body.replace(TRIAL, ""))));
  // Of one second, in the order of the list, which begins with the newest.
  return same
    .toReversed()
    .toSorted((left, right) => left.dateCreated.getTime() - right.dateCreated.getTime())
    .map(({ sid }) => sid);
}

/** Whether words are those of the text. What a link says from its query on was something else in the attempt before. */
function sayingOf(body: string, links: readonly string[] = []): (words: string) => boolean {
  const parts = links.filter((link) => body.includes(link)).reduce((texts, link) => texts.flatMap((text) => around(text, link)), [body]);
  const [whole = "", ...rest] = parts.map(wordsOf);
  if (rest.length === 0) return (words) => words === whole;
  // Nothing but letters, digits and blanks is in it.
  const pattern = new RegExp(`^${[whole, ...rest].join(" ?.*? ?")}$`, "su");
  return (words) => pattern.test(words);
}

function around(text: string, link: string): readonly string[] {
  const [address = ""] = link.split("?");
  const pieces = text.split(link);
  return pieces.map((piece, index) => (index === pieces.length - 1 ? piece : piece + address));
}

/** What a trial account has put before each text. */
const TRIAL = /^Sent from your Twilio trial account - /;

/** Letters and digits: Twilio's smart encoding replaces quotation marks, dashes and spaces by others. */
function wordsOf(body: string): string {
  return body
    .normalize("NFKC")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Newest first, of that time and later; undefined: there are too many, or Twilio does not let us list them. */
async function messagesTo(
  client: TwilioClient,
  { to, since }: { readonly to: string; readonly since: number },
  context: LookUpContext,
): Promise<readonly Listed[] | undefined> {
  const exchange = client.exchange(context);
  const found: Listed[] = [];
  try {
    let page: Page = await exchange.call((sdk) => sdk.messages.page({ to, pageSize: PAGE }));
    for (let read = 1; ; read += 1) {
      const here = page;
      const recent = here.instances.filter(({ dateCreated }) => !(dateCreated.getTime() < since));
      found.push(...recent);
      // Not by `DateSent`: a message that is still queued has none.
      const next = recent.length === 0 ? undefined : await exchange.call(async () => here.nextPage());
      if (next === undefined) return found;
      if (read === MOST_PAGES) return undefined;
      page = next;
    }
  } catch (error) {
    const failure = error instanceof ConnectorError ? error : failureOf(error, { answer: exchange.answer(), now: Date.now() });
    if (failure.outcome === "rejected") return undefined;
    throw failure;
  }
}

/**
 * What messages say of a delivery that made some of them or none. Those that are receipts of others are theirs. Of the rest, others may have made as many
 * as they have doubts: a message more than those is this delivery's own, and two more than all doubts are somebody else's.
 */
export function pair(sids: readonly string[], own: PastAttempts, others: readonly PastAttempts[]): Found {
  const theirs = new Set(others.flatMap(({ receipts }) => receipts));
  const free = sids.filter((sid) => !theirs.has(sid));
  const later = { askAgainInMs: LISTED_BY_MS };
  if (free.length === 0) return own.askedAgain ? "not-done" : later;
  const doubts = others.reduce((sum, one) => sum + one.doubts, 0);
  const underWay = others.filter((one) => one.underWay).length;
  const isOwn = (most: number): boolean => free.length > most && free.length <= most + Math.max(1, own.doubts);
  if (isOwn(doubts) !== isOwn(doubts + underWay)) return later;
  if (isOwn(doubts)) return { done: { id: ownOf(free, own, others) } };
  // What others have sent since may not be listed yet: their doubts are many, and the messages few.
  return own.askedAgain ? "cannot-tell" : later;
}

/** All that could have made one of them take one each, in the order of their ids: no two take the same. */
function ownOf(free: readonly string[], own: PastAttempts, others: readonly PastAttempts[]): string {
  const before = others.filter(({ doubts, deliveryId }) => doubts > 0 && deliveryId < own.deliveryId);
  return free[before.reduce((sum, { doubts }) => sum + doubts, 0)] ?? (free.at(-1) as string);
}
