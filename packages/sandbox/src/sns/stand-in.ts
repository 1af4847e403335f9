import { createSign, randomBytes, randomUUID, type KeyObject } from "node:crypto";
import type { PeerAnswer, PeerRequest } from "../server.ts";
import { selfSigned, type SelfSigned } from "./certificate.ts";

/** How a topic posts. */
export interface TopicOptions {
  readonly topicArn: string;
  /** Who is subscribed. */
  readonly url: string;
  /** @default "2" */
  readonly signatureVersion?: "1" | "2";
  /** What is changed after it was signed. */
  readonly forged?: Readonly<Record<string, string>>;
}

/** A local SNS, as far as a subscriber over HTTP sees it. */
export interface SnsStandIn {
  /** What is answered to whoever asks for the certificate, or confirms a subscription; undefined: it is none of SNS's. */
  answer(request: PeerRequest): PeerAnswer | undefined;
  /** Posts a message to the subscriber; answers the status that it answered. */
  publish(message: string, options: TopicOptions): Promise<number>;
  /** Asks the subscriber to confirm. */
  subscribe(options: TopicOptions): Promise<number>;
  /** Topics of which a subscription was confirmed. */
  confirmed(): readonly string[];
}

const DAY_MS = 86_400_000;

export function snsStandIn(): SnsStandIn {
  // Made when it is first asked for: a key takes a twentieth of a second, and most who want a stand-in want no message signed.
  let made: SelfSigned | undefined;
  const own = (): SelfSigned =>
    (made ??= selfSigned("sns.amazonaws.com", new Date(Date.now() - DAY_MS), new Date(Date.now() + 365 * DAY_MS)));
  const path = `/SimpleNotificationService-${randomBytes(16).toString("hex")}.pem`;
  const tokens = new Map<string, string>();
  const confirmed: string[] = [];

  function answer({ method, path: asked, query }: PeerRequest): PeerAnswer | undefined {
    if (method !== "GET") return undefined;
    if (asked === path) return { status: 200, body: own().certificate };
    if (query.get("Action") !== "ConfirmSubscription") return undefined;
    const topicArn = tokens.get(query.get("Token") ?? "");
    if (topicArn === undefined || topicArn !== query.get("TopicArn"))
      return { status: 400, body: "<Error><Code>InvalidParameter</Code></Error>" };
    confirmed.push(topicArn);
    return { status: 200, body: "<ConfirmSubscriptionResponse/>" };
  }

  const post = (fields: Readonly<Record<string, string>>, options: TopicOptions): Promise<number> =>
    postSigned({ MessageId: randomUUID(), TopicArn: options.topicArn, Timestamp: new Date().toISOString(), ...fields }, options, {
      key: own().key,
      path,
    });

  return {
    answer,
    publish: (message, options) => post({ Type: "Notification", Message: message }, options),
    subscribe(options) {
      const token = randomBytes(32).toString("hex");
      tokens.set(token, options.topicArn);
      const query = new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: options.topicArn, Token: token });
      const url = `${hostOf(options.topicArn)}/?${query.toString()}`;
      return post({ Type: "SubscriptionConfirmation", Message: "You have chosen to subscribe.", SubscribeURL: url, Token: token }, options);
    },
    confirmed: () => [...confirmed],
  };
}

function hostOf(topicArn: string): string {
  return `https://sns.${topicArn.split(":")[3] ?? ""}.amazonaws.com`;
}

/** All but what says how it is signed, in the order of their names. https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
async function postSigned(
  fields: Readonly<Record<string, string>>,
  { topicArn, url, signatureVersion = "2", forged }: TopicOptions,
  { key, path }: { readonly key: KeyObject; readonly path: string },
): Promise<number> {
  const names = Object.keys(fields).toSorted();
  const text = names.map((name) => `${name}\n${fields[name] ?? ""}\n`).join("");
  const signature = createSign(signatureVersion === "1" ? "sha1" : "sha256")
    .update(text, "utf8")
    .sign(key, "base64");
  const envelope = {
    ...fields,
    SignatureVersion: signatureVersion,
    Signature: signature,
    SigningCertURL: `${hostOf(topicArn)}${path}`,
    ...forged,
  };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "text/plain; charset=UTF-8",
      "x-amz-sns-message-type": fields["Type"] ?? "",
      "x-amz-sns-topic-arn": topicArn,
    },
    body: JSON.stringify(envelope),
    redirect: "error",
  });
  await response.arrayBuffer();
  return response.status;
}
