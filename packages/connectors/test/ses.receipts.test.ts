import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ReceiptRefused, Secret, type Fact } from "@backstitch/core/connector";
import { canaries } from "@backstitch/core/testing";
import { ses, type SesConfig } from "@backstitch/connectors/ses";
import { sesEvent, sesPeer, type SesEvent } from "@backstitch/sandbox";
import { expect, onTestFinished, test } from "vitest";

const TOPIC = "arn:aws:sns:eu-central-1:123456789012:mail-events";
const ADA = "canary.ada@example.com";
const ID = "kzo75gecash2cduijcschyw5dm";
const SENT_AT = Date.parse("2026-03-01T12:00:00Z");
const LATER = "2026-03-01T12:05:00.000Z";
const MAIL = {
  operation: "SendEmail",
  headers: {},
  at: SENT_AT,
  fields: { from: "shop@example.com", to: ADA, messageId: "0107-a", tags: { "backstitch-delivery": ID }, configurationSet: "events" },
};

type Told = Omit<SesEvent, "messageId">;

function factsOf(told: Told, mail = MAIL): readonly Fact[] | undefined {
  const detail = sesEvent({ messageId: "0107-a", ...told }, mail);
  const config = { region: "eu-central-1", configurationSet: "events" };
  return ses.receipts?.readEvent?.({ source: "aws.ses", region: "eu-central-1", "detail-type": "Email", detail }, config);
}

test.each<readonly [string, Told, Partial<Fact>]>([
  ["Send", { eventType: "Send" }, { standing: "sent", at: SENT_AT }],
  ["Delivery", { eventType: "Delivery", about: { timestamp: LATER } }, { standing: "delivered", at: Date.parse(LATER) }],
  [
    "DeliveryDelay",
    { eventType: "DeliveryDelay", about: { delayType: "MailboxFull" } },
    { standing: "delayed", code: "SES_DELAY_MAILBOX_FULL" },
  ],
  [
    "a permanent bounce",
    { eventType: "Bounce", about: { bounceType: "Permanent", bounceSubType: "NoEmail" } },
    { standing: "bounced", code: "SES_BOUNCE_PERMANENT_NO_EMAIL", suppress: [ADA] },
  ],
  [
    "an address on SES's own list",
    { eventType: "Bounce", about: { bounceType: "Permanent", bounceSubType: "OnAccountSuppressionList" } },
    { standing: "bounced", code: "SES_BOUNCE_PERMANENT_ON_ACCOUNT_SUPPRESSION_LIST", suppress: [ADA] },
  ],
  [
    "whoever unsubscribed from one list",
    { eventType: "Bounce", about: { bounceType: "Permanent", bounceSubType: "UnsubscribedRecipient" } },
    { standing: "bounced", suppress: undefined },
  ],
  [
    "a transient bounce",
    { eventType: "Bounce", about: { bounceType: "Transient", bounceSubType: "General" } },
    { standing: "undelivered", suppress: undefined },
  ],
  [
    "an undetermined bounce",
    { eventType: "Bounce", about: { bounceType: "Undetermined" } },
    { standing: "undelivered", suppress: undefined },
  ],
  [
    "a complaint",
    { eventType: "Complaint", about: { complaintFeedbackType: "abuse" } },
    { standing: "complained", code: "SES_COMPLAINT_ABUSE", suppress: [ADA] },
  ],
  ["Reject", { eventType: "Reject", about: { reason: "Bad content" } }, { standing: "failed", code: "SES_REJECT" }],
  [
    "a template that could not be filled in",
    { eventType: "Rendering Failure", about: { errorMessage: ADA } },
    { standing: "failed", code: "SES_RENDERING_FAILURE" },
  ],
])("%s", (_name, told, expected) => {
  const [fact] = factsOf(told) ?? [];
  expect(fact).toMatchObject({ deliveryId: ID, receiptId: "0107-a", ...JSON.parse(JSON.stringify(expected)) });
  if ("suppress" in expected && expected.suppress === undefined) expect(fact).not.toHaveProperty("suppress");
  const { suppress: _whom, ...kept } = fact ?? { suppress: [] };
  expect(canaries([ADA]).seenIn(kept)).toEqual([]);
});

test("of several recipients of one provider nobody is suppressed for what another may have done", () => {
  const [fact] = factsOf({ eventType: "Complaint" }, { ...MAIL, fields: { ...MAIL.fields, to: `${ADA}, bob@example.com` } }) ?? [];
  expect(fact).toMatchObject({ standing: "complained" });
  expect(fact).not.toHaveProperty("suppress");
});

test.each<Told>([{ eventType: "Open" }, { eventType: "Click" }, { eventType: "Complaint", about: { complaintFeedbackType: "not-spam" } }])(
  "$eventType says nothing of what became of it",
  (told) => {
    expect(factsOf(told)).toEqual([]);
  },
);

test.each([
  ["another source", { source: "shop" }],
  ["another region", { region: "us-east-1" }],
  [
    "another configuration set",
    { detail: sesEvent({ messageId: "x", eventType: "Send" }, { ...MAIL, fields: { ...MAIL.fields, configurationSet: "other" } }) },
  ],
])("an event of %s is not of this service", (_name, other) => {
  const event = { source: "aws.ses", region: "eu-central-1", detail: sesEvent({ messageId: "x", eventType: "Send" }, MAIL), ...other };
  expect(ses.receipts?.readEvent?.(event, { region: "eu-central-1", configurationSet: "events" })).toBeUndefined();
});

test.each([
  [null],
  [[]],
  ["text"],
  [{}],
  [{ mail: null, eventType: "Bounce", bounce: 7 }],
  [{ eventType: "Delivery", mail: { tags: { "backstitch-delivery": [{}] } } }],
])("%j breaks nothing", (detail) => {
  expect(() => ses.receipts?.readEvent?.({ source: "aws.ses", region: "r", detail }, { region: "r" })).not.toThrow();
});

/** Somebody who is subscribed, and takes what is posted as the service would. */
async function subscriber(config: Partial<SesConfig>) {
  const peer = await sesPeer();
  const facts: Fact[] = [];
  const refused: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await request.toArray());
      const asked = { method: "POST", url: "https://hooks.example.com/receipts/mail", headers: {}, body };
      const all: SesConfig = { region: "eu-central-1", topicArns: [TOPIC], snsEndpoint: peer.url, ...config };
      try {
        facts.push(...((await ses.receipts?.read(asked, all, { now: Date.now(), signal: new AbortController().signal })) ?? []));
        response.writeHead(204).end();
      } catch (error) {
        refused.push((error as Error).message);
        response.writeHead(error instanceof ReceiptRefused ? error.status : 500).end();
      }
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    await peer.close();
  });
  return { peer, facts, refused, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const MESSAGE = JSON.stringify(sesEvent({ messageId: "0107-a", eventType: "Delivery" }, MAIL));

test.each(["1", "2"] as const)("what SNS signs by version %s is believed, and a subscription is confirmed", async (signatureVersion) => {
  const { peer, facts, url } = await subscriber({});
  const topic = { topicArn: TOPIC, url, signatureVersion };
  expect(await peer.sns.subscribe(topic)).toBe(204);
  expect(peer.sns.confirmed()).toEqual([TOPIC]);
  expect(await peer.sns.publish("Successfully validated SNS topic for Amazon SES event publishing.", topic)).toBe(204);
  expect(facts).toEqual([]);
  expect(await peer.sns.publish(MESSAGE, topic)).toBe(204);
  expect(facts).toMatchObject([{ standing: "delivered", deliveryId: ID }]);
});

test.each<readonly [string, Readonly<Record<string, string>>, number]>([
  ["another message", { Message: MESSAGE.replace("Delivery", "Bounce") }, 403],
  ["another subject", { Subject: "Something" }, 403],
  ["another signature", { Signature: "AAAA" }, 403],
  ["a version that there is not", { SignatureVersion: "constructor" }, 403],
  [
    "a certificate of another host",
    { SigningCertURL: "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem" },
    403,
  ],
  ["a certificate of another service", { SigningCertURL: "https://s3.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem" }, 403],
  ["a certificate of another region", { SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem" }, 403],
  ["a certificate without TLS", { SigningCertURL: "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem" }, 403],
  [
    "an answer of SNS's that is no certificate's",
    { SigningCertURL: "https://sns.eu-central-1.amazonaws.com/?Action=GetEndpointAttributes&x=.pem" },
    403,
  ],
  ["a certificate that is not there", { SigningCertURL: "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem" }, 503],
  ["a topic that is not the service's", { TopicArn: TOPIC.replace("mail", "male") }, 403],
  ["no type", { Type: "toString" }, 400],
])("%s is refused", async (_name, forged, status) => {
  const { peer, facts, refused, url } = await subscriber({});
  expect(await peer.sns.publish(MESSAGE, { topicArn: TOPIC, url, forged })).toBe(status);
  expect(facts).toEqual([]);
  expect(canaries([ADA, "hunter2"]).seenIn(refused)).toEqual([]);
});

test("a subscription of another topic, or at another address, is not confirmed; nor is any without topics", async () => {
  const { peer, url } = await subscriber({});
  const other = TOPIC.replace("mail", "male");
  expect(await peer.sns.subscribe({ topicArn: other, url })).toBe(403);
  expect(
    await peer.sns.subscribe({ topicArn: TOPIC, url, forged: { SubscribeURL: "http://169.254.169.254/?Action=ConfirmSubscription" } }),
  ).toBe(403);
  expect(peer.sns.confirmed()).toEqual([]);
  const none = await subscriber({ topicArns: undefined, secretAccessKey: new Secret("hunter2") });
  expect(await none.peer.sns.publish(MESSAGE, { topicArn: TOPIC, url: none.url })).toBe(403);
});
