import { createVerify, X509Certificate, type KeyObject } from "node:crypto";
import { ReceiptRefused, type ReceiptContext } from "@backstitch/core/connector";

/** What SNS posts. https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html */
export interface Envelope {
  readonly type: EnvelopeType;
  readonly topicArn: string;
  readonly message: string;
  /** Of a subscription that is to be confirmed. */
  readonly subscribeUrl: string | undefined;
}

type EnvelopeType = keyof typeof SIGNED;

/** What is signed, in this order. https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html */
const SIGNED = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
} as const;

const ALGORITHMS: Readonly<Record<string, string>> = { "1": "RSA-SHA1", "2": "RSA-SHA256" };

/** Whom an envelope may be from, and where SNS is asked. */
export interface SnsOptions {
  readonly topicArns: readonly string[];
  /** Asked instead of SNS: a sandbox. */
  readonly endpoint: string | undefined;
}

export interface Sns {
  /** @throws ReceiptRefused where it is not SNS's, or of another topic */
  open(body: Uint8Array, options: SnsOptions, context: ReceiptContext): Promise<Envelope>;
  /** Confirms a subscription. @throws ReceiptRefused where SNS does not take it */
  confirm(envelope: Envelope, options: SnsOptions, context: ReceiptContext): Promise<void>;
}

/** @param get Gives what an address answers. */
export function createSns(get: (url: string, signal: AbortSignal) => Promise<string> = getText): Sns {
  const keyOf = rememberedKeys(get);
  return {
    async open(body, options, context) {
      const fields = fieldsOf(body);
      const type = fields["Type"] ?? "";
      if (!isEnvelopeType(type)) throw new ReceiptRefused(400, "The request is no message of SNS. Is raw message delivery on?");
      const topicArn = fields["TopicArn"] ?? "";
      if (!options.topicArns.includes(topicArn)) throw new ReceiptRefused(403, 'The message is of a topic that "topicArns" does not name.');
      const { Signature: signature = "", SigningCertURL: url = "", SignatureVersion: version = "" } = fields;
      const algorithm = Object.hasOwn(ALGORITHMS, version) ? ALGORITHMS[version] : undefined;
      if (algorithm === undefined || !isOfSns(url, topicArn, CERTIFICATE))
        throw new ReceiptRefused(403, "The message is not signed as SNS signs.");
      const key = await keyOf(atEndpoint(url, options), context);
      const verified = createVerify(algorithm).update(signedText(type, fields), "utf8").verify(key, signature, "base64");
      if (!verified) throw new ReceiptRefused(403, "The signature is not SNS's.");
      return { type, topicArn, message: fields["Message"] ?? "", subscribeUrl: fields["SubscribeURL"] };
    },
    async confirm({ topicArn, subscribeUrl = "" }, options, { signal }) {
      if (!isOfSns(subscribeUrl, topicArn, CONFIRMATION)) throw new ReceiptRefused(403, "The subscription's address is not SNS's.");
      await get(atEndpoint(subscribeUrl, options), signal).catch(() => {
        throw new ReceiptRefused(503, "SNS did not take the confirmation.");
      });
    },
  };
}

function isEnvelopeType(type: string): type is EnvelopeType {
  return Object.hasOwn(SIGNED, type);
}

function fieldsOf(body: Uint8Array): Readonly<Record<string, string | undefined>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    const entries = typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return {};
  }
}

function signedText(type: EnvelopeType, fields: Readonly<Record<string, string | undefined>>): string {
  return SIGNED[type].flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join("");
}

/** Nothing else: SNS answers other requests with texts that callers may have written. */
const CERTIFICATE = /^\/SimpleNotificationService-[0-9A-Za-z]+\.pem$/;
const CONFIRMATION = /^\/\?(?:.*&)?Action=ConfirmSubscription(?:&|$)/;
const REGION = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):/;

/** Whether it is an address of SNS's own, in the topic's region. */
function isOfSns(url: string, topicArn: string, place: RegExp): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, pathname, search } = new URL(url);
  const region = REGION.exec(topicArn)?.[1] ?? "";
  const hosts = [`sns.${region}.amazonaws.com`, `sns.${region}.amazonaws.com.cn`];
  return protocol === "https:" && username === "" && hosts.includes(host) && place.test(`${pathname}${search}`);
}

/** Written in one way only: whoever forges messages must not have one certificate fetched under many names. */
function atEndpoint(url: string, { endpoint }: SnsOptions): string {
  const { origin, pathname, search } = new URL(url);
  return `${endpoint?.replace(/\/+$/, "") ?? origin}${pathname}${search}`;
}

/** SNS has one or two at a time, a region. */
const MOST_KEYS = 16;

/** Certificates' keys: each is fetched once, however many ask. */
function rememberedKeys(
  get: (url: string, signal: AbortSignal) => Promise<string>,
): (url: string, context: ReceiptContext) => Promise<KeyObject> {
  const known = new Map<string, Promise<X509Certificate>>();
  const fetched = (url: string, signal: AbortSignal): Promise<X509Certificate> => {
    const certificate = get(url, signal).then((text) => new X509Certificate(text));
    known.set(url, certificate);
    const [oldest] = known.keys();
    if (known.size > MOST_KEYS && oldest !== undefined) known.delete(oldest);
    certificate.catch(() => known.delete(url));
    return certificate;
  };
  return async (url, { now, signal }) => {
    const certificate = await (known.get(url) ?? fetched(url, signal)).catch(() => {
      throw new ReceiptRefused(503, "The certificate of SNS could not be had.");
    });
    if (certificate.validFromDate.getTime() <= now && now < certificate.validToDate.getTime()) return certificate.publicKey;
    throw new ReceiptRefused(403, "The certificate of SNS is not valid now.");
  };
}

const LONGEST_MS = 10_000;
const MOST_CHARS = 65_536;

async function getText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]) });
  let text = "";
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > MOST_CHARS) throw new Error("It is too long.");
  }
  if (!response.ok) throw new Error(`It answered ${response.status}.`);
  return text;
}
