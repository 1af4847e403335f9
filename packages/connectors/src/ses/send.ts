import type { AttemptContext, FromSchema, JsonSchema, Receipt } from "@backstitch/core/connector";
import { asciiOnly } from "../aws/text.ts";
import { written } from "./address.ts";
import type { SesClient } from "./config.ts";
import { contentOf, contentProperties } from "./content.ts";
import { envelopeOf, envelopeProperties, taken, tagsOf, type Envelope } from "./envelope.ts";

export const sendSchema = {
  type: "object",
  properties: { ...envelopeProperties, ...contentProperties },
  required: ["to", "subject"],
  allOf: [{ anyOf: [{ required: ["text"] }, { required: ["html"] }] }],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type SendArgs = FromSchema<typeof sendSchema>;

/** https://docs.aws.amazon.com/ses/latest/APIReference/API_SendEmail.html */
export async function send(client: SesClient, mail: SendArgs, attempt: AttemptContext): Promise<Receipt> {
  const { sdk, aws, config } = client;
  const envelope = envelopeOf(mail, config);
  const { subject, text, html } = await contentOf(mail);
  const request = new sdk.SendEmailCommand({
    ...addressed(envelope),
    Message: {
      // What pretends to be encoded is encoded, so that readers show it as it is.
      Subject: utf8(subject.includes("=?") ? asciiOnly(subject) : subject),
      Body: { ...(text === undefined ? {} : { Text: utf8(text) }), ...(html === undefined ? {} : { Html: utf8(html) }) },
    },
    ConfigurationSetName: mail.configurationSet ?? config.configurationSet,
    Tags: tagsOf(mail, attempt),
  });
  return taken(client, { mail, call: () => aws.send(request, { abortSignal: attempt.signal }) });
}

/** The envelope as requests have it that no headers are written for. */
export function addressed({ from, to, cc, bcc, replyTo }: Envelope) {
  return {
    Source: written(from),
    Destination: { ToAddresses: to.map(written), CcAddresses: cc.map(written), BccAddresses: bcc.map(written) },
    ReplyToAddresses: replyTo.map(written),
  };
}

function utf8(text: string): { readonly Data: string; readonly Charset: string } {
  return { Data: text, Charset: "UTF-8" };
}
