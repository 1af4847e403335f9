/** What a developer writes who has the vendor's SDK and no connector: one client, and one call that does the same as the connector's. */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendEmailCommand, SESClient } from "@aws-sdk/client-ses";
import { Agent } from "node:http";
import twilio from "twilio";
import { Pool } from "undici";
import type { Call } from "./contenders.ts";

export const region = { region: "eu-central-1" };
export const ACCOUNT = `AC${"0".repeat(32)}`;
export const TOKEN = "bench";
export const FROM = "+15005550006";
export const TO = "+14155552671";
export const SENDER = "Shop <shop@example.com>";
export const RECIPIENT = "Ada <ada@example.com>";
export const SUBJECT = "Stock is low";
export const BUCKET = "lake";
export const EVENT_SOURCE = "shop";
export const DETAIL_TYPE = "order";

/** Objects are few, so that the far side holds no more with every call. */
export const keyOf = (n: number): string => `orders/${n % 64}.json`;
export const textOf = (n: number): string => `Order ${n}: 3 left of 20, which is below the reorder point.`;
export const orderOf = (id: number) => ({ id, kind: "order", quantity: 3, note: "x".repeat(200) });

// One layer retries; each of these does it not, as the connectors' do not.
const awsOptions = (endpoint: string) => ({
  ...region,
  endpoint,
  maxAttempts: 1,
  credentials: { accessKeyId: "AKIA0", secretAccessKey: "bench" },
});

export function sesCall(url: string): Call {
  const client = new SESClient(awsOptions(url));
  return async (n) => {
    const Message = { Subject: { Data: SUBJECT, Charset: "UTF-8" }, Body: { Text: { Data: textOf(n), Charset: "UTF-8" } } };
    const { MessageId } = await client.send(
      new SendEmailCommand({
        Source: SENDER,
        Destination: { ToAddresses: [RECIPIENT] },
        Message,
        Tags: [{ Name: "order", Value: String(n) }],
      }),
    );
    return MessageId;
  };
}

export function s3Call(url: string): Call {
  const client = new S3Client({ ...awsOptions(url), forcePathStyle: true });
  return async (n) => {
    const Body = Buffer.from(JSON.stringify(orderOf(n)));
    const Metadata = { order: String(n), hops: "1" };
    const { ETag } = await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: keyOf(n), Body, ContentType: "application/json", Metadata }),
    );
    return ETag;
  };
}

export function eventbridgeCall(url: string): Call {
  const client = new EventBridgeClient(awsOptions(url));
  return async (n) => {
    const Detail = JSON.stringify({ ...orderOf(n), order: String(n) });
    const { Entries } = await client.send(new PutEventsCommand({ Entries: [{ Source: EVENT_SOURCE, DetailType: DETAIL_TYPE, Detail }] }));
    return Entries?.[0]?.EventId;
  };
}

/** Twilio's SDK knows of no other host than Twilio's. */
export function twilioCall(url: string): Call {
  const local = new twilio.RequestClient();
  const request = local.request.bind(local);
  local.request = (options) => request({ ...options, uri: options.uri.replace("https://api.twilio.com", url) });
  // As the SDK has it for Twilio itself.
  Object.assign(local.axios.defaults, { httpAgent: new Agent({ keepAlive: true, timeout: 30_000 }) });
  const client = twilio(ACCOUNT, TOKEN, { httpClient: local });
  return async (n) => {
    const { sid } = await client.messages.create({ to: TO, from: FROM, body: textOf(n) });
    return sid;
  };
}

export function undiciCall(url: string): Call {
  const pool = new Pool(url, { pipelining: 1 });
  const headers = { "content-type": "application/json" };
  return async (n) => {
    const { body, statusCode } = await pool.request({ method: "POST", path: "/orders", headers, body: JSON.stringify(orderOf(n)) });
    await body.dump();
    return statusCode;
  };
}
