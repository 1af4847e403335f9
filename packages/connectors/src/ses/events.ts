import type { Fact } from "@backstitch/core/connector";

/** The tag by which SES gives our delivery's id back. */
export const DELIVERY_TAG = "backstitch-delivery";

type Fields = Readonly<Record<string, unknown>>;

/**
 * What one of SES's events says: of event publishing, over SNS and EventBridge alike, or of an identity's feedback notifications, which do not give the
 * delivery's id back. Openings and clicks say nothing: programs open mails, too.
 * https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 */
export function factsOf(event: unknown): readonly Fact[] {
  const fields = fieldsOf(event);
  const mail = fieldsOf(fields["mail"]);
  const told = saidBy(textOf(fields["eventType"] ?? fields["notificationType"]), fields, timeOf(mail));
  if (told === undefined) return [];
  const [deliveryId] = textsOf(fieldsOf(mail["tags"])[DELIVERY_TAG]);
  const receiptId = textOf(mail["messageId"]);
  return [{ ...told, ...(ID.test(deliveryId ?? "") ? { deliveryId } : {}), ...(ID.test(receiptId) ? { receiptId } : {}) }];
}

/** The configuration set of the mail that an event is about. */
export function configurationSetOf(event: unknown): string | undefined {
  return textsOf(fieldsOf(fieldsOf(fieldsOf(event)["mail"])["tags"])["ses:configuration-set"])[0];
}

const ID = /^[A-Za-z0-9._-]{1,128}$/;

/** @param sentAt When SES took the mail, where the event has no time of its own. */
function saidBy(type: string, event: Fields, sentAt: number): Fact | undefined {
  switch (type) {
    case "Send":
      return { standing: "sent", at: sentAt };
    case "Delivery":
      return { standing: "delivered", at: timeOf(fieldsOf(event["delivery"]), sentAt) };
    case "DeliveryDelay":
      return delayed(fieldsOf(event["deliveryDelay"]), sentAt);
    case "Bounce":
      return bounced(fieldsOf(event["bounce"]), sentAt);
    case "Complaint":
      return complained(fieldsOf(event["complaint"]), sentAt);
    case "Reject":
      return { standing: "failed", at: sentAt, code: "SES_REJECT", reason: "SES found a virus in the mail, and did not send it." };
    case "Rendering Failure":
      return { standing: "failed", at: sentAt, code: "SES_RENDERING_FAILURE", reason: "SES could not fill in the template with the data." };
    default:
      return undefined;
  }
}

function delayed(delay: Fields, sentAt: number): Fact {
  const reason = "The mail could not be delivered yet; SES goes on trying.";
  return { standing: "delayed", at: timeOf(delay, sentAt), code: codeOf("SES_DELAY", delay["delayType"]), reason };
}

const REASONS: Readonly<Record<string, string>> = {
  Permanent: "The recipient's mail server refused the mail for good.",
  Transient: "The recipient's mail server did not take the mail, and SES has stopped trying.",
  Undetermined: "The mail came back, and SES cannot tell why.",
};

/** Only of what is permanent nothing more is sent. Who has unsubscribed from one list of the account may be on others. */
function bounced(bounce: Fields, sentAt: number): Fact {
  const [type, subType] = [textOf(bounce["bounceType"]), textOf(bounce["bounceSubType"])];
  const isPermanent = type === "Permanent";
  const recipients = addressesOf(bounce["bouncedRecipients"]);
  return {
    standing: isPermanent ? "bounced" : "undelivered",
    at: timeOf(bounce, sentAt),
    code: codeOf("SES_BOUNCE", type, subType),
    reason: (Object.hasOwn(REASONS, type) ? REASONS[type] : undefined) ?? "The mail came back.",
    ...(isPermanent && subType !== "UnsubscribedRecipient" && recipients.length > 0 ? { suppress: recipients } : {}),
  };
}

/** Of several recipients in one domain mailbox providers do not say who it was: nobody is suppressed for what another may have done. */
function complained(complaint: Fields, sentAt: number): Fact | undefined {
  if (complaint["complaintFeedbackType"] === "not-spam") return undefined;
  const recipients = addressesOf(complaint["complainedRecipients"]);
  return {
    standing: "complained",
    at: timeOf(complaint, sentAt),
    code: codeOf("SES_COMPLAINT", complaint["complaintFeedbackType"] ?? complaint["complaintSubType"]),
    reason: "The recipient marked the mail as unwanted.",
    ...(recipients.length === 1 ? { suppress: recipients } : {}),
  };
}

/** `SES_BOUNCE_PERMANENT_NO_EMAIL`: of words that SES wrote, as far as they are words. */
function codeOf(prefix: string, ...words: readonly unknown[]): string {
  const known = words.map(textOf).filter((word) => /^[A-Za-z][A-Za-z-]{0,40}$/.test(word));
  return [prefix, ...known.map((word) => word.replaceAll(/(?<=[a-z])(?=[A-Z])|-/g, "_").toUpperCase())].join("_");
}

function addressesOf(recipients: unknown): readonly string[] {
  const all = Array.isArray(recipients) ? (recipients as readonly unknown[]) : [];
  return all.map((one) => textOf(fieldsOf(one)["emailAddress"])).filter((address) => address !== "" && address.length <= 2_000);
}

function timeOf({ timestamp }: Fields, otherwise = 0): number {
  const time = Date.parse(textOf(timestamp));
  return Number.isNaN(time) ? otherwise : time;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((one) => typeof one === "string") : [];
}
