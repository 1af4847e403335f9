import { describe, expect, test } from "vitest";
import { eventbridgePeer, type EventBridgePeerOptions } from "@backstitch/sandbox";
import { ask, type Heard } from "./support/aws.ts";

const entry = { Source: "shop", DetailType: "late", Detail: '{"id":7}' };
const target = { "x-amz-target": "AWSEvents.PutEvents" };

async function put(body: unknown, options: EventBridgePeerOptions = {}, headers: Record<string, string> = target) {
  const peer = await eventbridgePeer(options);
  try {
    const heard = await ask({ url: peer.url, headers, body: typeof body === "string" ? body : JSON.stringify({ Entries: body }) });
    return { heard, received: peer.received(), answer: JSON.parse(heard.body) as Record<string, unknown> };
  } finally {
    await peer.close();
  }
}

test("events are taken and can be read, each by itself", async () => {
  const { answer, received } = await put([
    entry,
    { ...entry, Time: 1_795_474_552, Resources: ["r"], EventBusName: "orders" },
    { ...entry, Detail: "[]" },
  ]);
  expect(answer).toMatchObject({
    FailedEntryCount: 1,
    Entries: [{ EventId: received[0]?.fields["eventId"] }, {}, { ErrorCode: "MalformedDetail" }],
  });
  expect(received).toMatchObject([
    { operation: "PutEvents", fields: { source: "shop", detailType: "late", detail: { id: 7 }, bus: "default" } },
    { operation: "PutEvents", fields: { time: "2026-11-23T22:55:52.000Z", resources: ["r"], bus: "orders" } },
  ]);
});

describe("an entry that fails", () => {
  const rows: readonly { name: string; failing: object; code: string; options?: EventBridgePeerOptions }[] = [
    { name: "no source", failing: { ...entry, Source: undefined }, code: "InvalidArgument" },
    { name: "no detail", failing: { ...entry, Detail: "" }, code: "InvalidArgument" },
    { name: "a detail that is no JSON", failing: { ...entry, Detail: "{" }, code: "MalformedDetail" },
    { name: "a detail that is no object", failing: { ...entry, Detail: "null" }, code: "MalformedDetail" },
    { name: "AWS's own source", failing: { ...entry, Source: "aws.ec2" }, code: "NotAuthorizedForSourceException" },
    { name: "a long detail type", failing: { ...entry, DetailType: "t".repeat(129) }, code: "InvalidArgument" },
    {
      name: "a bus that is not there",
      failing: { ...entry, EventBusName: "x" },
      code: "ResourceNotFoundException",
      options: { buses: ["default"] },
    },
  ];
  test.each(rows)("$name: $code", async ({ failing, code, options }) => {
    const { answer, received } = await put([failing, entry], options);
    expect(answer).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: code }, { EventId: expect.any(String) as string }] });
    expect(received).toHaveLength(1);
  });

  test("as it was told to", async () => {
    const { answer } = await put([entry, entry, entry], { entryFailures: ["InternalFailure", "ThrottlingException"] });
    expect(answer).toMatchObject({
      FailedEntryCount: 2,
      Entries: [{ ErrorCode: "InternalFailure" }, { ErrorCode: "ThrottlingException" }, {}],
    });
  });
});

describe("a request that fails", () => {
  const rows: readonly { name: string; body: unknown; code: string; headers?: Record<string, string>; options?: EventBridgePeerOptions }[] =
    [
      { name: "no entries", body: [], code: "ValidationException" },
      { name: "eleven entries", body: Array.from({ length: 11 }, () => entry), code: "ValidationException" },
      { name: "not one whole entry", body: [{ ...entry, Detail: undefined }], code: "ValidationException" },
      { name: "1 MB and more", body: [{ ...entry, Detail: JSON.stringify({ a: "x".repeat(1_048_576) }) }], code: "ValidationException" },
      { name: "no JSON", body: "{", code: "SerializationException" },
      { name: "another operation", body: [entry], code: "UnknownOperationException", headers: { "x-amz-target": "AWSEvents.ListRules" } },
      { name: "no signature", body: [entry], code: "MissingAuthenticationTokenException", headers: { ...target, authorization: "" } },
      {
        name: "another key",
        body: [entry],
        code: "UnrecognizedClientException",
        options: { credentials: { accessKeyId: "other", secretAccessKey: "s" } },
      },
      {
        name: "a wrong signature",
        body: [entry],
        code: "InvalidSignatureException",
        options: { credentials: { accessKeyId: "AKID", secretAccessKey: "s" } },
      },
    ];
  test.each(rows)("$name: $code", async ({ body, code, headers, options }) => {
    const { heard, answer, received } = await put(body, options, headers);
    expect([heard.status, answer["__type"]]).toEqual([400, code]);
    expect(received).toEqual([]);
  });
});

test.each([
  [{ kind: "throttle" }, 400, "ThrottlingException"],
  [{ kind: "status", status: 500 }, 500, "InternalException"],
  [{ kind: "status", status: 503 }, 503, "ServiceUnavailable"],
  [{ kind: "refuse-credentials" }, 400, "UnrecognizedClientException"],
] as const)("misbehaves as EventBridge does: %j", async (fault, status, code) => {
  const peer = await eventbridgePeer();
  peer.misbehave(fault, 1);
  const heard: Heard = await ask({ url: peer.url, headers: target, body: JSON.stringify({ Entries: [entry] }) });
  expect([heard.status, (JSON.parse(heard.body) as { __type: string }).__type]).toEqual([status, code]);
  expect(peer.received()).toEqual([]);
  await peer.close();
});
