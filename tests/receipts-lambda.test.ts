import { createHmac } from "node:crypto";
import { Secret } from "@backstitch/core/connector";
import { JournalFull } from "@backstitch/core/journal";
import type { News } from "@backstitch/core/journal";
import { openService, type Service } from "@backstitch/core/runtime";
import { ses } from "@backstitch/connectors/ses";
import { twilio } from "@backstitch/connectors/twilio";
import { receiptsHandler, type HttpRequestEvent, type SesBusEvent } from "@backstitch/lambda";
import { sesEvent } from "@backstitch/sandbox";
import { expect, test } from "vitest";

const AUTH_TOKEN = "canary-token-1f4b";
const PUBLIC_URL = "https://abc.execute-api.eu-central-1.amazonaws.com/prod";
const ID = "kzo75gecash2cduijcschyw5dm";
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 };

const opened = (name: string, connector: Parameters<typeof openService>[0]["connector"], config: object): [string, Service] => [
  name,
  openService({ name, connector, config }, () => () => []),
];
const project = {
  services: new Map([
    opened("sms", twilio, { accountSid: "AC1", authToken: new Secret(AUTH_TOKEN) }),
    opened("mail", ses, { region: "eu-central-1", configurationSet: "events" }),
    opened("other-mail", ses, { region: "eu-central-1", configurationSet: "others" }),
    opened("hook", { ...twilio, receipts: undefined } as unknown as typeof twilio, {}),
  ]),
};

function handling(learn: (news: readonly News[]) => void = () => undefined) {
  const told: News[] = [];
  const journal = {
    learn: async (news: readonly News[]) => {
      learn(news);
      told.push(...news);
      return news.map(() => "new" as const);
    },
  };
  return { told, handler: receiptsHandler({ project, journal, publicUrl: PUBLIC_URL, now: () => 1_000 }) };
}

function request(service: string, fields: Readonly<Record<string, string>>, more: Partial<HttpRequestEvent> = {}): HttpRequestEvent {
  const query = `delivery=${ID}`;
  const signed = Object.keys(fields)
    .toSorted()
    .reduce((text, name) => `${text}${name}${fields[name] ?? ""}`, `${PUBLIC_URL}/receipts/${service}?${query}`);
  const signature = createHmac("sha1", AUTH_TOKEN).update(signed).digest("base64");
  return {
    version: "2.0",
    rawPath: `/prod/receipts/${service}`,
    rawQueryString: query,
    headers: { "X-Twilio-Signature": signature, "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(new URLSearchParams(fields).toString()).toString("base64"),
    isBase64Encoded: true,
    requestContext: { http: { method: "POST" } },
    ...more,
  };
}

const DELIVERED = { MessageStatus: "delivered", MessageSid: `SM${"a".repeat(32)}` };

test("a status callback to an HTTP API is in the journal before it is answered", async () => {
  const { told, handler } = handling();
  expect(await handler(request("sms", DELIVERED), CONTEXT)).toEqual({ statusCode: 204, headers: {}, body: "" });
  expect(told).toEqual([{ service: "sms", deliveryId: ID, standing: "delivered", at: 1_000, receiptId: DELIVERED.MessageSid }]);
  expect(await handler(request("sms", DELIVERED, { rawPath: "/receipts/sms" }), CONTEXT)).toMatchObject({ statusCode: 204 });
});

test.each<readonly [string, Partial<HttpRequestEvent>, number]>([
  ["a wrong signature", { rawQueryString: "delivery=other" }, 403],
  ["a service without receipts", { rawPath: "/receipts/hook" }, 404],
  ["a service that is not there", { rawPath: "/receipts/__proto__" }, 404],
  ["another method", { requestContext: { http: { method: "GET" } } }, 405],
])("%s is refused", async (_name, more, statusCode) => {
  const { told, handler } = handling();
  expect(await handler(request("sms", DELIVERED, more), CONTEXT)).toMatchObject({ statusCode });
  expect(told).toEqual([]);
});

test("a journal that has no room asks for the request again; an event is thrown, so that Lambda gives it again", async () => {
  const { handler } = handling(() => {
    throw new JournalFull("There is no room.");
  });
  expect(await handler(request("sms", DELIVERED), CONTEXT)).toMatchObject({ statusCode: 503, headers: { "retry-after": "5" } });
  await expect(handler(busEvent("Bounce"), CONTEXT)).rejects.toThrow(JournalFull);
});

function busEvent(eventType: "Bounce" | "Delivery"): SesBusEvent {
  const fields = { from: "shop@example.com", to: "ada@example.com", tags: { "backstitch-delivery": ID }, configurationSet: "events" };
  const mail = { operation: "SendEmail", headers: {}, at: 5_000, fields };
  const detail = sesEvent({ messageId: "m", eventType, about: { bounceType: "Permanent", bounceSubType: "General" } }, mail);
  return { id: "e", source: "aws.ses", region: "eu-central-1", detail };
}

test("an event of SES's on EventBridge is of the services that send by its configuration set, and of no other", async () => {
  const { told, handler } = handling();
  expect(await handler(busEvent("Bounce"), CONTEXT)).toBeUndefined();
  expect(told).toMatchObject([{ service: "mail", deliveryId: ID, standing: "bounced", at: 5_000, suppress: ["ada@example.com"] }]);
  await expect(handler({ ...busEvent("Bounce"), source: "shop" }, CONTEXT)).rejects.toThrow("receiptsHandler takes requests");
});
