import { ConnectorError, type AttemptContext, type FromSchema, type JsonSchema, type Receipt } from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { addressesOf, addressOf, listOf, type MailAddress } from "./address.ts";
import type { SesClient, SesConfig } from "./config.ts";
import { DELIVERY_TAG } from "./events.ts";
import { sesFailures } from "./failures.ts";

/** Over To, Cc and Bcc together. https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const MAX_RECIPIENTS = 50;
/** Of a whole mail, as it is sent, by this API. */
export const MAX_BYTES = 10_485_760;

const address = { type: "string", minLength: 3, maxLength: 2_000, lands: "header", recipient: true } as const satisfies JsonSchema;
const addresses = {
  anyOf: [address, { type: "array", items: address, minItems: 1, maxItems: MAX_RECIPIENTS }],
  lands: "header",
  recipient: true,
} as const satisfies JsonSchema;

/** To whom and from whom: every action has these arguments. */
export const envelopeProperties = {
  to: { ...addresses, description: "One address, or a list: name@example.com or Name <name@example.com>." },
  cc: { ...addresses, description: "Who gets a copy, for all to see." },
  bcc: { ...addresses, description: "Who gets a copy that nobody else sees." },
  replyTo: { ...addresses, addressee: false, description: "Where answers go. Absent: to the sender." },
  from: { type: "string", minLength: 3, maxLength: 2_000, lands: "header", description: "Absent: the service's." },
  tags: {
    type: "object",
    additionalProperties: { type: "string", minLength: 1, maxLength: 256 },
    maxProperties: 40,
    description: "Come back in SES's events: letters, digits, _ and - in names, and . and @ in values too.",
  },
} as const satisfies Record<string, JsonSchema>;

const schema = { type: "object", properties: envelopeProperties, required: ["to"] } as const;
export type EnvelopeArgs = FromSchema<typeof schema>;

/** Who sends a mail, and who receives it. */
export interface Envelope {
  readonly from: MailAddress;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: readonly MailAddress[];
}

/** @throws ConnectorError `rejected` */
export function envelopeOf(mail: EnvelopeArgs, config: SesConfig): Envelope {
  const from = mail.from ?? config.from;
  if (from === undefined) throw rejected("SES_FROM_MISSING", 'The mail has no sender. Give "from" in the action or in the service.');
  return {
    from: addressOf(from, "from"),
    to: addressesOf(mail.to, "to"),
    cc: addressesOf(mail.cc, "cc"),
    bcc: addressesOf(mail.bcc, "bcc"),
    replyTo: addressesOf(mail.replyTo, "replyTo"),
  };
}

/** Why SES would not take so many, as the rest of a sentence; undefined: it would. */
export function tooManyRecipients(mail: Pick<EnvelopeArgs, "to" | "cc" | "bcc">): string | undefined {
  const count = countRecipients(mail);
  if (count <= MAX_RECIPIENTS) return undefined;
  return `has, with "cc" and "bcc", ${count} recipients; SES takes ${MAX_RECIPIENTS} of a mail.`;
}

/** Recipients as SES counts them. */
export function countRecipients({ to, cc, bcc }: Pick<EnvelopeArgs, "to" | "cc" | "bcc">): number {
  return listOf(to).length + listOf(cc).length + listOf(bcc).length;
}

interface Tag {
  readonly Name: string;
  readonly Value: string;
}

/** The delivery's id comes back in SES's events as mail.tags, and so tells of what became of a mail whose answer was lost. */
export function tagsOf({ tags = {} }: EnvelopeArgs, { deliveryId }: AttemptContext): Tag[] {
  return [{ Name: DELIVERY_TAG, Value: deliveryId }, ...Object.entries(tags).map(([Name, Value]) => ({ Name, Value }))];
}

interface Sending {
  readonly mail: EnvelopeArgs & { readonly configurationSet?: string | undefined };
  call(): Promise<{ readonly MessageId?: string | undefined }>;
}

/** Makes the request and reads SES's answer. @throws ConnectorError */
export async function taken({ aws }: SesClient, { mail, call }: Sending): Promise<Receipt> {
  const { MessageId: id } = await answered(sesFailures, aws, call).catch((error: unknown) => {
    throw ofThisMail(error, mail.configurationSet !== undefined);
  });
  if (typeof id !== "string" || id === "") {
    throw new ConnectorError("uncertain", "SES_ANSWER_UNREADABLE", "SES answered without a message id, so the mail may have been sent.");
  }
  return { id, recipients: countRecipients(mail) };
}

/** Another mail may name a better configuration set. */
function ofThisMail(error: unknown, namesItsSet: boolean): unknown {
  const isItsOwn = namesItsSet && error instanceof ConnectorError && error.code.startsWith("SES_ConfigurationSet");
  return isItsOwn ? rejected(error.code, error.message) : error;
}

export function rejected(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", code, reason);
}
