import { isScheduled } from "./refusal.ts";

/** A Message resource: https://www.twilio.com/docs/messaging/api/message-resource */
export type Message = Readonly<ReturnType<typeof newMessage>>;

/** What a Message is made of. */
export interface MessageParts {
  readonly account: string;
  readonly sid: string;
  readonly form: URLSearchParams;
  readonly at: Date;
}

/** The resource as Twilio answers its creation: queued, or accepted where a Messaging Service will pick the sender. */
export function newMessage({ account, sid, form, at }: MessageParts) {
  const service = form.get("MessagingServiceSid");
  const body = form.get("Body") ?? "";
  const uri = `/2010-04-01/Accounts/${account}/Messages/${sid}`;
  return {
    account_sid: account,
    api_version: "2010-04-01",
    body,
    date_created: rfc2822(at),
    date_sent: null as string | null,
    date_updated: rfc2822(at),
    direction: "outbound-api",
    error_code: null,
    error_message: null,
    from: form.get("From"),
    messaging_service_sid: service,
    num_media: String(form.getAll("MediaUrl").length),
    num_segments: service === null ? String(segments(body)) : "0",
    price: null,
    price_unit: "USD",
    sid,
    status: isScheduled(form) ? "scheduled" : service === null ? "queued" : "accepted",
    subresource_uris: { media: `${uri}/Media.json` },
    to: form.get("To"),
    uri: `${uri}.json`,
  };
}

/** The resource a moment later. */
export function delivered(message: Message): Message {
  if (message.status === "scheduled") return message;
  return { ...message, status: "delivered", date_sent: message.date_created };
}

function rfc2822(at: Date): string {
  return at.toUTCString().replace("GMT", "+0000");
}

const GSM_7 = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€\f]*$/;

function segments(body: string): number {
  if (!GSM_7.test(body)) return body.length <= 70 ? 1 : Math.ceil(body.length / 67);
  const septets = body.length + (body.match(/[\^{}\\[~\]|€\f]/g)?.length ?? 0);
  return septets <= 160 ? 1 : Math.ceil(septets / 153);
}
