import type { FromSchema, JsonSchema, SchemaFault } from "@backstitch/core/connector";
import { channelFault, recipientFault, senderFault } from "./address.ts";

const mediaUrl = { type: "string", minLength: 1, maxLength: 4_096, lands: "url" } as const satisfies JsonSchema;

export const sendSchema = {
  type: "object",
  additionalProperties: false,
  required: ["to"],
  allOf: [{ anyOf: [{ required: ["body"] }, { required: ["mediaUrl"] }, { required: ["contentSid"] }] }],
  properties: {
    to: {
      type: "string",
      minLength: 1,
      maxLength: 300,
      recipient: true,
      description: "The recipient: a number with its country (+15005550006), or one on a channel (whatsapp:+15005550006).",
    },
    body: { type: "string", minLength: 1, maxLength: 1_600, lands: "text", description: "The text, at most 1,600 characters." },
    from: { type: "string", minLength: 1, maxLength: 300, description: "The sender, instead of the service's." },
    messagingServiceSid: {
      type: "string",
      pattern: "^MG[0-9a-fA-F]{32}$",
      description: "The Messaging Service, instead of the service's; with `from`, of its senders that one.",
    },
    mediaUrl: {
      anyOf: [mediaUrl, { type: "array", items: mediaUrl, minItems: 1, maxItems: 10 }],
      description: "Pictures or other media to send along, by address.",
    },
    contentSid: {
      type: "string",
      pattern: "^HX[0-9a-fA-F]{32}$",
      description: "A content template instead of a body, as WhatsApp wants it for whoever has not written in 24 hours.",
    },
    contentVariables: {
      type: "object",
      additionalProperties: { type: "string", minLength: 1, maxLength: 1_600 },
      maxProperties: 100,
      description: "What the template's placeholders stand for, by name.",
    },
    sendAt: {
      type: "string",
      maxLength: 40,
      description:
        "When Twilio is to send it, from 15 minutes to 35 days ahead, with its zone: 2026-12-24T18:00:00Z. Needs a Messaging Service.",
    },
    validityPeriod: {
      type: "integer",
      minimum: 1,
      maximum: 36_000,
      description:
        "Seconds for which it may wait in Twilio's queue; then it is not sent any more. Twilio's own: 36,000, which are 10 hours.",
    },
    smartEncoded: {
      type: "boolean",
      description: "Twilio writes other characters for those that would double the segments, such as curly quotes.",
    },
  },
} as const satisfies JsonSchema;

export type SendArgs = FromSchema<typeof sendSchema>;

/** What is wrong with arguments that the schema takes. */
export function sendFaults(args: Partial<SendArgs>): readonly SchemaFault[] {
  const { to, from, sendAt, contentVariables = {} } = args;
  const urls = mediaOf(args);
  return [
    ...fault(["to"], to === undefined ? undefined : recipientFault(to)),
    ...fault(["from"], from === undefined ? undefined : (senderFault(from) ?? channelFault(from, to))),
    ...fault(
      ["mediaUrl"],
      urls.every(isMediaUrl) ? undefined : 'holds something that is no address of media, as "https://example.com/a.png".',
    ),
    ...fault(["sendAt"], sendAt === undefined || isInstant(sendAt) ? undefined : "is no time with its zone, as 2026-12-24T18:00:00Z."),
    ...fault(
      ["contentVariables"],
      Object.keys(contentVariables).every(isVariable) ? undefined : "has a name that no placeholder can have.",
    ),
  ];
}

/** The addresses of media, one or several. */
export function mediaOf({ mediaUrl: given }: Partial<SendArgs>): readonly string[] {
  return given === undefined ? [] : typeof given === "string" ? [given] : given;
}

function fault(path: readonly [string], what: string | undefined): readonly SchemaFault[] {
  return what === undefined ? [] : [{ path, keyword: "format", message: `${JSON.stringify(path[0])} ${what}` }];
}

/** `URL.canParse` alone would overlook line breaks and blanks. */
function isMediaUrl(text: string): boolean {
  return /^https?:\/\/[!-~\u00a1-\uffff]+$/i.test(text) && !/[<>"\\^`{|}]/.test(text) && URL.canParse(text);
}

/** JavaScript takes the 30th of February for the 2nd of March. */
function isInstant(text: string): boolean {
  const [, day] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  return day !== undefined && !Number.isNaN(Date.parse(text)) && new Date(day).toISOString().startsWith(day);
}

function isVariable(name: string): boolean {
  return /^\w{1,64}$/.test(name);
}
