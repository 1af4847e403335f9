import { ReceiptRefused, type Fact, type InboundRequest, type Receipts, type ReportedStanding } from "@backstitch/core/connector";
import type { TwilioConfig } from "./config.ts";
import { fieldsOf, isSignedByTwilio, type Fields } from "./signature.ts";

/**
 * What Twilio tells: what becomes of a message, at its status callback; and that somebody wrote STOP or START, where the account's incoming messages come
 * here, too. https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
export const receipts: Receipts<TwilioConfig> = {
  callback: "statusCallback",
  suppressedBy: ["TWILIO_21610"],
  async read(request, config, { now }) {
    const form = formOf(request);
    await checkSignature(request, config);
    const one = (name: string): string | undefined => form.get(name)?.[0];
    return one("OptOutType") === undefined ? statusOf(one, request.url, now) : optOutOf(one, now);
  },
};

type Field = (name: string) => string | undefined;

function formOf(request: InboundRequest): Fields {
  const fields = fieldsOf(request);
  if (fields === undefined) throw new ReceiptRefused(400, "Twilio posts forms: the content type is another.");
  return fields;
}

async function checkSignature(request: InboundRequest, { authToken }: TwilioConfig): Promise<void> {
  if (request.headers["x-twilio-signature"] === undefined) throw new ReceiptRefused(403, "The request has no X-Twilio-Signature.");
  if (await isSignedByTwilio(request, authToken)) return;
  throw new ReceiptRefused(
    403,
    'X-Twilio-Signature is not of this address and the account\'s auth token. Is "publicUrl" the address that Twilio calls?',
  );
}

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
const STANDINGS: ReadonlyMap<string, ReportedStanding> = new Map([
  ["accepted", "queued"],
  ["scheduled", "queued"],
  ["queued", "queued"],
  ["sending", "queued"],
  ["sent", "sent"],
  ["delivered", "delivered"],
  ["read", "read"],
  ["undelivered", "undelivered"],
  ["failed", "failed"],
  ["canceled", "failed"],
]);

/** What Twilio says of a message that did not arrive. https://www.twilio.com/docs/api/errors */
const SENTENCES: Readonly<Record<string, string>> = {
  "21610": "The recipient has opted out of messages from this sender.",
  "30001": "The sender's queue was full for longer than the message was valid.",
  "30002": "The Twilio account is suspended.",
  "30003": "The recipient's phone could not be reached.",
  "30004": "The recipient does not take messages from this sender.",
  "30005": "The recipient's number is not known, or no longer.",
  "30006": "The recipient's number is a landline, or its carrier takes no messages.",
  "30007": "A carrier took the message for unwanted.",
  "30008": "The carrier did not say why.",
  "30034": "The sender's number is not registered with the carriers.",
  "30036": "The message was valid for a shorter time than it waited.",
};

/** After these the recipient is sent nothing more, until START. Numbers that are not reached may be again: nobody is suppressed for one that is not. */
const OPTED_OUT: ReadonlySet<string> = new Set(["21610"]);

const DELIVERY = /^[a-z0-9]{1,64}$/i;
const SID = /^[A-Z]{2}[0-9a-f]{32}$/i;
const CODE = /^\d{1,9}$/;

/** Twilio does not say when it was: it is told at once. */
function statusOf(field: Field, url: string, at: number): readonly Fact[] {
  const standing = STANDINGS.get(field("MessageStatus") ?? field("SmsStatus") ?? "");
  if (standing === undefined) return [];
  const deliveryId = new URL(url).searchParams.get("delivery") ?? undefined;
  const sid = field("MessageSid") ?? field("SmsSid");
  const code = codeOf(field("ErrorCode"));
  const to = field("To");
  return [
    {
      standing,
      at,
      ...(deliveryId !== undefined && DELIVERY.test(deliveryId) ? { deliveryId } : {}),
      ...(sid !== undefined && SID.test(sid) ? { receiptId: sid } : {}),
      ...(code === undefined ? {} : { code: `TWILIO_${code}`, reason: reasonOf(code) }),
      ...(code !== undefined && OPTED_OUT.has(code) && to !== undefined ? { suppress: [to] } : {}),
    },
  ];
}

function codeOf(given: string | undefined): string | undefined {
  return given === undefined || given === "0" || !CODE.test(given) ? undefined : given;
}

function reasonOf(code: string): string {
  const known = Object.hasOwn(SENTENCES, code) ? `${SENTENCES[code] ?? ""} ` : "";
  return `${known}See https://www.twilio.com/docs/errors/${code}`;
}

/** An incoming message that Twilio took for a wish. https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out */
function optOutOf(field: Field, at: number): readonly Fact[] {
  const [type, from] = [field("OptOutType"), field("From")];
  if (from === undefined) return [];
  if (type === "STOP") return [{ at, code: "TWILIO_STOP", suppress: [from] }];
  return type === "START" ? [{ at, unsuppress: [from] }] : [];
}
