import type * as Sdk from "@aws-sdk/client-ses";
import {
  action,
  ConnectorError,
  type Action,
  type AttemptContext,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { answered } from "../aws/call.ts";
import { awsConfig, clientOptions } from "../aws/config.ts";
import { loadSdk } from "../shared/load-sdk.ts";
import { breaksHeader, listOf, mailAddress, mailAddresses } from "./address.ts";
import { sesFailures } from "./failures.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

/** Over To, Cc and Bcc together. https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const MAX_RECIPIENTS = 50;

const config = {
  type: "object",
  properties: {
    ...awsConfig,
    from: { type: "string", minLength: 3, description: "Sender of mails that name none." },
    configurationSet: {
      type: "string",
      pattern: "^[A-Za-z0-9_-]{1,64}$",
      description: "Carries SES's events about what became of a mail.",
    },
  },
  required: ["region"],
  additionalProperties: false,
} as const satisfies JsonSchema;

const address = { type: "string", minLength: 3, maxLength: 2_000, lands: "header", recipient: true } as const satisfies JsonSchema;
const addresses = {
  anyOf: [address, { type: "array", items: address, minItems: 1, maxItems: MAX_RECIPIENTS }],
  lands: "header",
  recipient: true,
} as const satisfies JsonSchema;

const args = {
  type: "object",
  properties: {
    to: { ...addresses, description: "One address, or a list: name@example.com or Name <name@example.com>." },
    cc: addresses,
    bcc: addresses,
    replyTo: { ...addresses, addressee: false },
    from: { type: "string", minLength: 3, maxLength: 2_000, lands: "header", description: "Absent: the service's." },
    subject: { type: "string", lands: "header" },
    text: { type: "string", lands: "text", description: "Plain text; with html: what readers without HTML see." },
    html: { type: "string", lands: "html" },
  },
  required: ["to", "subject"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type SesConfig = FromSchema<typeof config>;
type SendArgs = FromSchema<typeof args>;

interface SesClient {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.SESClient;
  readonly config: SesConfig;
}

/** Amazon SES: sends mail. */
export const ses: Connector<SesConfig, SesClient, { readonly send: Action<SesClient, SendArgs> }> = {
  type: "ses",
  summary: "Amazon SES: sends mail.",
  config,
  async connect(settings) {
    const sdk = await loadSdk("ses", "@aws-sdk/client-ses", () => import("@aws-sdk/client-ses"));
    return { sdk, aws: new sdk.SESClient(clientOptions(settings)), config: settings };
  },
  close: ({ aws }) => aws.destroy(),
  actions: {
    send: action({
      summary: "Sends one mail, as text, HTML or both.",
      args,
      repeat: "repeats",
      run: send,
      cost: { recipients: countRecipients },
    }),
  },
};

/** Ses without engine, journal or project: see {@link Calls}. */
export function createSes(config: Plainly<SesConfig>): Calls<typeof ses> {
  return plain(ses, config);
}

async function send({ sdk, aws, config }: SesClient, mail: SendArgs, attempt: AttemptContext): Promise<Receipt> {
  const request = new sdk.SendEmailCommand({
    ...envelope(mail, config),
    Message: { Subject: utf8(subjectOf(mail)), Body: bodyOf(mail) },
    ...(config.configurationSet === undefined ? {} : { ConfigurationSetName: config.configurationSet }),
    // Comes back in SES's events as mail.tags, and so tells of what became of a mail whose answer was lost.
    Tags: [{ Name: "backstitch-delivery", Value: attempt.deliveryId }],
  });
  const { MessageId: id } = await answered(sesFailures, aws, () => aws.send(request, { abortSignal: attempt.signal }));
  if (typeof id !== "string" || id === "") {
    throw new ConnectorError("uncertain", "SES_ANSWER_UNREADABLE", "SES answered without a message id, so the mail may have been sent.");
  }
  return { id, recipients: countRecipients(mail) };
}

function envelope(mail: SendArgs, config: SesConfig) {
  const from = mail.from ?? config.from;
  if (from === undefined) throw rejected("SES_FROM_MISSING", 'The mail has no sender. Give "from" in the action or in the service.');
  if (countRecipients(mail) > MAX_RECIPIENTS) {
    throw rejected("SES_TOO_MANY_RECIPIENTS", `The mail has ${countRecipients(mail)} recipients; SES takes ${MAX_RECIPIENTS}.`);
  }
  return {
    Source: mailAddress(from, "from"),
    Destination: {
      ToAddresses: mailAddresses(mail.to, "to"),
      CcAddresses: mailAddresses(mail.cc, "cc"),
      BccAddresses: mailAddresses(mail.bcc, "bcc"),
    },
    ReplyToAddresses: mailAddresses(mail.replyTo, "replyTo"),
  };
}

function subjectOf({ subject }: SendArgs): string {
  if (!breaksHeader(subject)) return subject;
  throw rejected("SES_SUBJECT_INVALID", "The subject holds a line break or another control character. A subject is one line.");
}

function bodyOf({ text, html }: SendArgs) {
  if (text === undefined && html === undefined) throw rejected("SES_BODY_MISSING", 'The mail has no body. Give "text", "html" or both.');
  return { ...(text === undefined ? {} : { Text: utf8(text) }), ...(html === undefined ? {} : { Html: utf8(html) }) };
}

/** A lone surrogate has no UTF-8 and would make the SDK throw. */
function utf8(text: string): { readonly Data: string; readonly Charset: string } {
  return { Data: text.toWellFormed(), Charset: "UTF-8" };
}

function countRecipients({ to, cc, bcc }: SendArgs): number {
  return listOf(to).length + listOf(cc).length + listOf(bcc).length;
}

function rejected(code: string, reason: string): ConnectorError {
  return new ConnectorError("rejected", code, reason);
}
