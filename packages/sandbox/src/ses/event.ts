import type { ReceivedCall } from "@backstitch/core/testing";
import type { Row } from "@backstitch/core/values";

/** Something that SES tells of a mail: its type, and what stands beside `mail`, such as `{ bounce: { bounceType: "Permanent" } }`. */
export interface SesEvent {
  readonly messageId: string;
  readonly eventType: "Send" | "Delivery" | "Bounce" | "Complaint" | "Reject" | "DeliveryDelay" | "Rendering Failure" | "Open" | "Click";
  /** What belongs to the type: of a bounce or a complaint, its recipients are those of the mail unless it names others. */
  readonly about?: Row;
}

const NAMES: Readonly<Record<SesEvent["eventType"], string>> = {
  Send: "send",
  Delivery: "delivery",
  Bounce: "bounce",
  Complaint: "complaint",
  Reject: "reject",
  DeliveryDelay: "deliveryDelay",
  "Rendering Failure": "failure",
  Open: "open",
  Click: "click",
};

/** As event publishing writes it. https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html */
export function sesEvent({ messageId, eventType, about = {} }: SesEvent, { fields, at }: ReceivedCall): Row {
  const timestamp = new Date(at).toISOString();
  const destination = [fields["to"], fields["cc"], fields["bcc"]].flatMap((list) => (typeof list === "string" ? list.split(", ") : []));
  const recipients = destination.map((emailAddress) => ({ emailAddress }));
  const own = { Bounce: { bouncedRecipients: recipients }, Complaint: { complainedRecipients: recipients } }[eventType as string] ?? {};
  const tags = Object.entries(fields["tags"] as Row).map(([name, value]) => [name, [value]] as const);
  const set = fields["configurationSet"];
  const allTags = Object.fromEntries([...tags, ...(set === undefined ? [] : [["ses:configuration-set", [set]] as const])]);
  const mail = { timestamp, messageId, source: fields["from"] ?? null, destination, tags: allTags };
  return { eventType, mail, [NAMES[eventType]]: { timestamp, ...own, ...about } };
}
