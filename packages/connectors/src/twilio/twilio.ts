import { action, type Action, ConnectorError, type Connector, type Receipt } from "@backstitch/core/connector";
import { addressAsListed, channelOf } from "./address.ts";
import { connect, type TwilioClient } from "./client.ts";
import { configSchema, type TwilioConfig } from "./config.ts";
import { failureOf, malformed } from "./failure.ts";
import { parametersOf } from "./parameters.ts";
import { alike, reconcile, type Text } from "./reconcile.ts";
import { receipts } from "./receipts.ts";
import { segments } from "./segments.ts";
import { sendFaults, sendSchema, type SendArgs } from "./send.ts";
import { plain, type Calls, type Plainly } from "../shared/plain.ts";

/** Messages by Twilio. https://www.twilio.com/docs/messaging/api/message-resource */
export const twilio: Connector<TwilioConfig, TwilioClient, { readonly send: Action<TwilioClient, SendArgs> }> = {
  type: "twilio",
  summary: "Sends text messages, pictures and WhatsApp messages through Twilio.",
  config: configSchema,
  connect,
  close: (client) => client.close(),
  receipts,
  actions: {
    send: action<TwilioClient, typeof sendSchema>({
      summary: "Sends one message. Twilio has no idempotency key: after an uncertain attempt its list of messages is asked.",
      args: sendSchema,
      faults: sendFaults,
      repeat: "repeats",
      cost: { segments: segmentsOf, recipients: () => 1 },
      alike: (args) => alike(textOf(args)),
      reconcile: (client, args, context) => reconcile(client, textOf(args), context),
      async run(client, args, attempt) {
        const parameters = parametersOf(client.config, args, attempt.deliveryId);
        const exchange = client.exchange(attempt);
        try {
          return receiptOf(await exchange.call((sdk) => sdk.messages.create(parameters)));
        } catch (error) {
          throw error instanceof ConnectorError ? error : failureOf(error, { answer: exchange.answer(), now: Date.now(), args });
        }
      },
    }),
  },
};

/** Twilio without engine, journal or project: see {@link Calls}. */
export function createTwilio(config: Plainly<TwilioConfig>): Calls<typeof twilio> {
  return plain(twilio, config);
}

/** What a template makes of itself only Twilio knows. */
function textOf({ to, body, contentSid }: SendArgs): Text {
  return { to: addressAsListed(to), body: contentSid === undefined ? body : undefined };
}

/** With media, on a channel and by a template a message is charged as one. */
function segmentsOf({ to, body, mediaUrl, smartEncoded }: SendArgs): number {
  const isText = typeof body === "string" && mediaUrl === undefined && !(typeof to === "string" && channelOf(to) !== "sms");
  return isText ? segments(body, smartEncoded === true) : 1;
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
