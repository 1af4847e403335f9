import type { AttemptContext, FromSchema, JsonSchema, Receipt } from "@backstitch/core/connector";
import { isRow, rowFrom, type Value } from "@backstitch/core/values";
import { jsonText } from "../aws/text.ts";
import type { SesClient } from "./config.ts";
import { envelopeOf, envelopeProperties, rejected, taken, tagsOf } from "./envelope.ts";
import { addressed } from "./send.ts";

export const sendTemplatedSchema = {
  type: "object",
  properties: {
    ...envelopeProperties,
    template: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$", description: "The name of a template that SES keeps." },
    data: { type: "object", description: "What its tags stand for. Texts are escaped for HTML: SES does not do it." },
    unescapedData: { type: "object", description: "The same, as it is: for the subject, the text part, and HTML that you trust." },
  },
  required: ["to", "template"],
  additionalProperties: false,
} as const satisfies JsonSchema;

export type SendTemplatedArgs = FromSchema<typeof sendTemplatedSchema>;

/** https://docs.aws.amazon.com/ses/latest/APIReference/API_SendTemplatedEmail.html */
const MAX_DATA = 262_144;

/** https://docs.aws.amazon.com/ses/latest/APIReference/API_SendTemplatedEmail.html */
export async function sendTemplated(client: SesClient, mail: SendTemplatedArgs, attempt: AttemptContext): Promise<Receipt> {
  const { sdk, aws, config } = client;
  const envelope = envelopeOf(mail, config);
  if (config.configurationSet === undefined || config.reportsRenderingFailures !== true) {
    const why = "SES accepts a mail whose template it cannot fill, and drops it; only an event tells.";
    const how =
      'Give the service a "configurationSet" with an event destination for rendering failures, and "reportsRenderingFailures": true.';
    throw rejected("SES_RENDERING_UNSEEN", `${why} ${how}`);
  }
  const data = templateData(mail);
  if (data.length > MAX_DATA)
    throw rejected("SES_TOO_LARGE", `The data of the template have ${data.length} characters; SES takes ${MAX_DATA}.`);
  const request = new sdk.SendTemplatedEmailCommand({
    ...addressed(envelope),
    Template: mail.template,
    TemplateData: data,
    ConfigurationSetName: config.configurationSet,
    Tags: tagsOf(mail, attempt),
  });
  return taken(client, { mail, call: () => aws.send(request, { abortSignal: attempt.signal }) });
}

function templateData({ data = {}, unescapedData = {} }: SendTemplatedArgs): string {
  return jsonText({ ...(escaped(data) as object), ...unescapedData });
}

const HTML: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(value: Value): Value {
  if (typeof value === "string") return value.replaceAll(/[&<>"']/g, (character) => HTML[character] ?? character);
  if (Array.isArray(value)) return (value as readonly Value[]).map(escaped);
  return isRow(value) ? rowFrom(Object.entries(value).map(([name, item]) => [name, escaped(item)] as const)) : value;
}
