import {
  action,
  type Action,
  ConnectorError,
  type Connector,
  type FromSchema,
  type JsonSchema,
  type Receipt,
} from "@backstitch/core/connector";
import { connect, type TwilioClient } from "./client.ts";
import { configSchema, type TwilioConfig } from "./config.ts";
import { failureOf, malformed } from "./failure.ts";
import { alike, reconcile } from "./reconcile.ts";
import { segments } from "./segments.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

const sendSchema = {
  type: "object",
  additionalProperties: false,
  required: ["to", "body"],
  properties: {
    to: {
      type: "string",
      minLength: 1,
      recipient: true,
      description: "The recipient: a number in E.164 form (+15005550006) or a channel address.",
    },
    body: { type: "string", minLength: 1, maxLength: 1_600, lands: "text", description: "The text, at most 1,600 characters." },
    from: { type: "string", minLength: 1, description: "The sender, instead of the service's." },
    mediaUrl: {
      anyOf: [
        { type: "string", lands: "url" },
        { type: "array", items: { type: "string", lands: "url" }, minItems: 1, maxItems: 10 },
      ],
      description: "Pictures or other media to send along, by address.",
    },
  },
} as const satisfies JsonSchema;

type SendArgs = FromSchema<typeof sendSchema>;

/** Text messages by Twilio. https://www.twilio.com/docs/messaging/api/message-resource */
export const twilio: Connector<TwilioConfig, TwilioClient, { readonly send: Action<TwilioClient, SendArgs> }> = {
  type: "twilio",
  summary: "Sends text messages through Twilio.",
  config: configSchema,
  connect,
  close: (client) => client.close(),
  actions: {
    send: action<TwilioClient, typeof sendSchema>({
      summary: "Sends one text message. Twilio has no idempotency key: after an uncertain attempt its list of messages is asked.",
      args: sendSchema,
      repeat: "repeats",
      cost: { segments: ({ body }) => segments(body), recipients: () => 1 },
      alike,
      reconcile,
      async run(client, args, attempt) {
        const parameters = parametersOf(client.config, args, attempt.deliveryId);
        const exchange = client.exchange(attempt);
        try {
          return receiptOf(await exchange.sdk.messages.create(parameters));
        } catch (error) {
          throw error instanceof ConnectorError ? error : failureOf(error, exchange.answer(), Date.now());
        }
      },
    }),
  },
};

/** Twilio without engine, journal or project: see {@link Calls}. */
export function createTwilio(config: Plainly<TwilioConfig>): Calls<typeof twilio> {
  return plain(twilio, config);
}

function parametersOf(config: TwilioConfig, { to, body, from, mediaUrl }: SendArgs, deliveryId: string) {
  const media = mediaUrl === undefined ? {} : { mediaUrl: typeof mediaUrl === "string" ? [mediaUrl] : [...mediaUrl] };
  const message = { to, body, ...media, ...callbackOf(config, deliveryId) };
  const sender = from ?? config.from;
  if (sender !== undefined) return { ...message, from: sender };
  if (config.messagingServiceSid !== undefined) return { ...message, messagingServiceSid: config.messagingServiceSid };
  const reason =
    'The message has no sender. Give "from" in the action, or "from" or "messagingServiceSid" in the service\'s configuration.';
  throw new ConnectorError("rejected", "TWILIO_NO_SENDER", reason);
}

/** Whoever is called learns of which delivery, even where the answer to our request was lost. */
function callbackOf({ statusCallback }: TwilioConfig, deliveryId: string): { readonly statusCallback?: string } {
  if (statusCallback === undefined) return {};
  const url = new URL(statusCallback);
  url.searchParams.set("delivery", deliveryId);
  return { statusCallback: url.href };
}

const SID = /^[A-Z]{2}[0-9a-f]{32}$/i;

function receiptOf(message: { readonly sid: unknown; readonly status: unknown; readonly numSegments: unknown }): Receipt {
  const { sid, status, numSegments } = message;
  if (typeof sid !== "string" || !SID.test(sid)) throw malformed();
  return {
    id: sid,
    status: typeof status === "string" && /^[a-z_]{1,30}$/.test(status) ? status : "unknown",
    segments: Number(numSegments) || 0,
  };
}
