/** What somebody writes who uses the connectors from plain code. It is compiled against what is published: what must not compile is marked. */
import { createEventBridge } from "@backstitch/connectors/eventbridge";
import { createHttp } from "@backstitch/connectors/http";
import { createS3 } from "@backstitch/connectors/s3";
import { createSes } from "@backstitch/connectors/ses";
import { createTwilio, type CallOptions } from "@backstitch/connectors/twilio";
import { ConnectorError, Secret, type Receipt } from "@backstitch/core/connector";

const once: CallOptions = { id: "abcdefghijklmnopqrstuvwxyz", deadlineMs: 5_000 };

/** An outcome is one of five, and says whether to try again. */
export function isWorthAnotherTry(error: unknown): boolean {
  // @ts-expect-error -- "failed" is no outcome
  if (error instanceof ConnectorError && error.outcome === "failed") return false;
  return error instanceof ConnectorError && (error.outcome === "throttled" || error.outcome === "unavailable");
}

export async function texts(): Promise<Receipt> {
  const twilio = createTwilio({ accountSid: "AC0", authToken: "text", from: "+15005550006" });
  createTwilio({ accountSid: "AC0", authToken: new Secret("text") });
  // @ts-expect-error -- without a token
  createTwilio({ accountSid: "AC0" });
  // @ts-expect-error -- "form" is not "from"
  createTwilio({ accountSid: "AC0", authToken: "text", form: "+15005550006" });

  await twilio.send({ to: "+15005550010", mediaUrl: ["https://a.example/1.png"], contentVariables: { 1: "x" }, smartEncoded: true }, once);
  // @ts-expect-error -- to nobody
  await twilio.send({ body: "late" });
  // @ts-expect-error -- to several
  await twilio.send({ to: ["+15005550010"], body: "late" });
  // @ts-expect-error -- seconds are a number
  await twilio.send({ to: "+15005550010", body: "late", validityPeriod: "60" });
  // @ts-expect-error -- "text" is not "body"
  await twilio.send({ to: "+15005550010", text: "late" });
  // @ts-expect-error -- "deadline" is not "deadlineMs"
  await twilio.send({ to: "+15005550010", body: "late" }, { deadline: 5 });
  // @ts-expect-error -- there is no such action
  await twilio.call({ to: "+15005550010" });
  const receipt = await twilio.send({ to: "+15005550010", body: "late" });
  // @ts-expect-error -- what a receipt has beside its id is any value
  receipt.segments satisfies number;
  receipt.id satisfies string | undefined;
  return receipt;
}

export async function mails(): Promise<void> {
  const ses = createSes({ region: "eu-central-1", from: "shop@example.com", topicArns: ["arn:aws:sns:eu-central-1:123456789012:mail"] });
  // @ts-expect-error -- in no region
  createSes({ from: "shop@example.com" });

  await ses.send({ to: ["a@example.com"], subject: "Late", text: "t", tags: { kind: "late" } });
  // @ts-expect-error -- without a subject
  await ses.send({ to: "a@example.com", text: "t" });
  // @ts-expect-error -- attachments are sendRaw's
  await ses.send({ to: "a@example.com", subject: "Late", text: "t", attachments: [] });

  await ses.sendTemplated({ to: "a@example.com", template: "late", data: { order: 7, lines: [{ of: "pen" }] } });
  // @ts-expect-error -- by no template
  await ses.sendTemplated({ to: "a@example.com", data: {} });

  await ses.sendRaw({
    to: "a@example.com",
    subject: "Late",
    text: "t",
    attachments: [{ filename: "a.csv", content: "a", encoding: "text" }],
  });
  // @ts-expect-error -- an attachment without a name
  await ses.sendRaw({ to: "a@example.com", subject: "Late", text: "t", attachments: [{ content: "a" }] });
  // @ts-expect-error -- "hex" is no encoding
  await ses.sendRaw({ to: "a@example.com", subject: "Late", text: "t", attachments: [{ filename: "a", content: "a", encoding: "hex" }] });
  // @ts-expect-error -- "link" is not "url"
  await ses.sendRaw({ to: "a@example.com", subject: "Late", text: "t", listUnsubscribe: { link: "https://a.example" } });
}

export async function objects(): Promise<void> {
  const s3 = createS3({ region: "eu-central-1", bucket: "shop", serverSideEncryption: "aws:kms", append: { maxRecords: 100 } });
  // @ts-expect-error -- into no bucket
  createS3({ region: "eu-central-1" });
  // @ts-expect-error -- there is no such encryption
  createS3({ region: "eu-central-1", bucket: "shop", serverSideEncryption: "rot13" });
  // @ts-expect-error -- "maxRows" is not "maxRecords"
  createS3({ region: "eu-central-1", bucket: "shop", append: { maxRows: 1 } });

  await s3.put({ key: "a.json", body: { id: 7n, lines: [1, null] }, metadata: { of: "7" }, ifAbsent: true });
  // @ts-expect-error -- nothing to store
  await s3.put({ key: "a.json" });
  // @ts-expect-error -- a number is no body
  await s3.put({ key: "a.json", body: 7 });
  // @ts-expect-error -- metadata are texts
  await s3.put({ key: "a.json", body: "b", metadata: { of: 7 } });
  await s3.append({ prefix: "a/", record: { id: 7 } });
  // @ts-expect-error -- a record is an object
  await s3.append({ prefix: "a/", record: "7" });
  await s3.copy({ from: "a", key: "b", fromBucket: "other" });
  // @ts-expect-error -- "to" is not "key"
  await s3.copy({ from: "a", to: "b" });
  await s3.delete({ key: "a" });
  // @ts-expect-error -- of what
  await s3.delete({});
}

export async function events(): Promise<void> {
  const bus = createEventBridge({ region: "eu-central-1", source: "shop", envelope: "cloudevents", claimCheck: { bucket: "details" } });
  // @ts-expect-error -- there is no such envelope
  createEventBridge({ region: "eu-central-1", envelope: "soap" });
  // @ts-expect-error -- a claim check into no bucket
  createEventBridge({ region: "eu-central-1", claimCheck: { prefix: "a/" } });

  await bus.put({ detailType: "late", detail: { id: 7 }, resources: ["arn:aws:s3:::a"] });
  // @ts-expect-error -- a detail is an object
  await bus.put({ detailType: "late", detail: "7" });
  // @ts-expect-error -- of no type
  await bus.put({ detail: {} });
}

export async function requests(): Promise<void> {
  const http = createHttp({ baseUrl: "https://a.example", captureResponse: { headers: ["x-request-id"] } });
  // @ts-expect-error -- a list
  createHttp({ allowHosts: "a.example" });

  await http.request({ path: "orders/7", method: "PUT", query: { at: [1, "2"] }, body: { id: 7 } });
  // @ts-expect-error -- there is no such method
  await http.request({ path: "orders/7", method: "LIST" });
  // @ts-expect-error -- headers are texts
  await http.request({ path: "orders/7", headers: { "x-n": 7 } });
  // @ts-expect-error -- bytes are text in base64
  await http.request({ path: "orders/7", base64: new Uint8Array(2) });
  await http.close();
}
