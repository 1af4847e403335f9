import type { AttemptContext, FromSchema, JsonSchema, Receipt } from "@backstitch/core/connector";
import { loadSdk } from "../shared/load-sdk.ts";
import { asciiOnly } from "../aws/text.ts";
import type { MailAddress } from "./address.ts";
import { attachmentSchema, bytesOf, type Attachment } from "./attachment.ts";
import type { SesClient } from "./config.ts";
import { contentOf, contentProperties, refuseTooLarge } from "./content.ts";
import { envelopeOf, envelopeProperties, taken, tagsOf, type Envelope } from "./envelope.ts";
import { headerProperties, headersOf } from "./headers.ts";

export const sendRawSchema = {
  type: "object",
  properties: {
    ...envelopeProperties,
    ...contentProperties,
    attachments: {
      type: "array",
      items: attachmentSchema,
      maxItems: 50,
      description: "Files that go with it, of 10 MB in all, as they are sent.",
    },
    ...headerProperties,
  },
  required: ["to", "subject"],
  allOf: [{ anyOf: [{ required: ["text"] }, { required: ["html"] }] }],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type SendRawArgs = FromSchema<typeof sendRawSchema>;

/** https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html */
export async function sendRaw(client: SesClient, mail: SendRawArgs, attempt: AttemptContext): Promise<Receipt> {
  const { sdk, aws, config } = client;
  const envelope = envelopeOf(mail, config);
  const bytes = await composed(mail, envelope);
  refuseTooLarge(bytes.length);
  const { from, to, cc, bcc } = envelope;
  const request = new sdk.SendRawEmailCommand({
    Source: from.address,
    // Of all recipients: SES would else look for them in the headers.
    Destinations: [...to, ...cc, ...bcc].map(({ address }) => address),
    RawMessage: { Data: bytes },
    ConfigurationSetName: mail.configurationSet ?? config.configurationSet,
    Tags: tagsOf(mail, attempt),
  });
  return taken(client, { mail, call: () => aws.send(request, { abortSignal: attempt.signal }) });
}

/** The mail in MIME. The composer may neither read files nor fetch. */
async function composed(mail: SendRawArgs, { from, to, cc, replyTo }: Envelope): Promise<Buffer> {
  const { subject, text, html } = await contentOf(mail);
  const { attachments = [] } = mail;
  refuseTooLarge(attachments.reduce((sum, { content }) => sum + content.length, 0));
  const { default: MailComposer } = await loadSdk("ses", "nodemailer", () => import("nodemailer/lib/mail-composer"));
  const composer = new MailComposer({
    from: one(from),
    to: to.map(one),
    cc: cc.map(one),
    replyTo: replyTo.map(one),
    // The composer would leave as it is what pretends to be encoded.
    subject: asciiOnly(subject),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    headers: Object.fromEntries(Object.entries(headersOf(mail)).map(([name, value]) => [name, prepared(value)])),
    attachments: attachments.map(attached),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** It is ASCII: the composer would encode quotation marks, which programs that read headers do not expect. */
function prepared(value: string) {
  return { prepared: true, foldLines: true, value };
}

function one({ name, address }: MailAddress): { name: string; address: string } {
  return { name: name.toWellFormed(), address };
}

function attached(attachment: Attachment) {
  const { filename, contentType, contentId } = attachment;
  return {
    filename: filename.toWellFormed(),
    content: bytesOf(attachment),
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentId === undefined ? {} : { cid: contentId }),
  };
}
