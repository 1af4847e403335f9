import { describe, expect, test } from "vitest";
import type { OutcomeKind } from "@backstitch/core/connector";
import { describeConnector } from "@backstitch/core/testing";
import { Decimal, type Row } from "@backstitch/core/values";
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { eventbridgePeer } from "@backstitch/sandbox";
import { attempted, idOf } from "./support/attempted.ts";
import { awsConfig, secretAccessKey, sessionToken } from "./support/aws.ts";
import { canned } from "./support/canned.ts";
import { silent } from "./support/silent.ts";
import { validate } from "./support/validate.ts";

describeConnector(eventbridge, {
  validate,
  secrets: [secretAccessKey, sessionToken],
  config: (url) => ({ ...awsConfig(url), source: "shop.orders" }),
  actions: {
    put: { args: { detailType: "Order late", detail: { id: 7, total: "12.50" }, resources: ["order/7"] }, peer: () => eventbridgePeer() },
  },
});

async function put(args: Row, config: object = { source: "shop" }, options: Parameters<typeof eventbridgePeer>[0] = {}) {
  const peer = await eventbridgePeer(options);
  try {
    const outcome = await attempted(eventbridge, { config: { ...awsConfig(peer.url), ...config }, action: "put", args });
    return { outcome, received: peer.received() };
  } finally {
    await peer.close();
  }
}

const event = { detailType: "late", detail: { id: 7 } };
const backstitchDeliveryId = idOf("1");

describe("what arrives", () => {
  const rows: readonly (readonly [name: string, args: Row, fields: object, config?: object])[] = [
    [
      "the event, with the delivery's id",
      event,
      { source: "shop", detailType: "late", detail: { id: 7, backstitchDeliveryId, backstitchHops: 1 }, bus: "default" },
    ],
    ["an empty detail", { ...event, detail: {} }, { detail: { backstitchDeliveryId } }],
    ["a detail that claims other hops", { ...event, detail: { backstitchHops: 0 } }, { detail: { backstitchHops: 1 } }],
    ["a detail that claims another delivery", { ...event, detail: { backstitchDeliveryId: "x" } }, { detail: { backstitchDeliveryId } }],
    [
      "large and exact numbers as texts",
      { ...event, detail: { id: -(2n ** 63n), price: Decimal.parse("12.50"), rate: NaN } },
      { detail: { id: "-9223372036854775808", price: "12.50", rate: "NaN" } },
    ],
    ["a source of its own", { ...event, source: "night" }, { source: "night" }],
    ["a time elsewhere", { ...event, time: "2026-02-01T00:30:00+02:00" }, { time: "2026-01-31T22:30:00.000Z" }],
    ["a time", { ...event, time: "2026-01-31T08:30:00.123456Z" }, { time: "2026-01-31T08:30:00.123Z" }],
    ["resources", { ...event, resources: ["arn:a", "arn:b"] }, { resources: ["arn:a", "arn:b"] }],
    ["another bus", event, { bus: "orders" }, { source: "shop", bus: "orders" }],
    ["just under 1 MB", { ...event, detail: { a: "x".repeat(1_048_480) } }, { detailType: "late" }],
  ];
  test.each(rows.map((row) => ({ name: row[0], row })))("$name", async ({ row: [, args, fields, config] }) => {
    const { outcome, received } = await put(args, config);
    expect(received).toMatchObject([{ operation: "PutEvents", fields }]);
    expect(outcome).toEqual({ kind: "accepted", receipt: { id: received[0]?.fields["eventId"] } });
  });
});

test("a detail says through how many deliveries it came to be", async () => {
  const peer = await eventbridgePeer();
  await attempted(eventbridge, { config: { ...awsConfig(peer.url), source: "shop" }, action: "put", args: event, hops: 3 });
  await peer.close();
  expect(peer.received()).toMatchObject([{ fields: { detail: { id: 7, backstitchHops: 4 } } }]);
});

describe("what is refused before anything is sent", () => {
  const rows: readonly (readonly [name: string, args: Row, code: string, config?: object])[] = [
    ["no source", event, "EVENTBRIDGE_SOURCE_MISSING", {}],
    ["AWS's own source", { ...event, source: "aws.ec2" }, "ARGUMENTS_INVALID"],
    ["AWS's own source in capitals", { ...event, source: "AWS.ec2" }, "ARGUMENTS_INVALID"],
    ["a time that is none", { ...event, time: "yesterday" }, "ARGUMENTS_INVALID"],
    ["a time without zone", { ...event, time: "2026-01-31T08:30:00" }, "ARGUMENTS_INVALID"],
    ["a day that the month lacks", { ...event, time: "2026-02-30T08:30:00Z" }, "ARGUMENTS_INVALID"],
    ["a day that is none", { ...event, time: "2026-13-41T00:00:00Z" }, "ARGUMENTS_INVALID"],
    ["1 MB and more", { ...event, detail: { a: "é".repeat(524_288) } }, "EVENTBRIDGE_TOO_LARGE"],
    [
      "1 MB in resources",
      { ...event, detail: { a: "x".repeat(1_000_000) }, resources: Array<string>(30).fill("r".repeat(2_000)) },
      "EVENTBRIDGE_TOO_LARGE",
    ],
    ["a long detail type", { ...event, detailType: "t".repeat(129) }, "ARGUMENTS_INVALID"],
    ["a list as detail", { ...event, detail: [1] }, "ARGUMENTS_INVALID"],
  ];
  test.each(rows.map((row) => ({ name: row[0], row })))("$name", async ({ row: [, args, code, config] }) => {
    const { outcome, received } = await put(args, config);
    expect(outcome).toMatchObject({ kind: "rejected", code });
    expect(received).toEqual([]);
  });
});

describe("an answer of 200 that says the entry failed", () => {
  const rows: readonly (readonly [code: string, kind: OutcomeKind])[] = [
    ["InternalFailure", "unavailable"],
    ["InternalException", "unavailable"],
    ["ThrottlingException", "throttled"],
    ["AccessDeniedException", "rejected"],
    ["InvalidAccountIdException", "locked-out"],
    ["InvalidArgument", "rejected"],
    ["MalformedDetail", "rejected"],
    ["RedactionFailure", "rejected"],
    ["NotAuthorizedForSourceException", "rejected"],
    ["NotAuthorizedForDetailTypeException", "rejected"],
    ["ResourceNotFoundException", "locked-out"],
    ["SomethingNew", "unavailable"],
  ];
  test.each(rows)("%s: %s", async (code, kind) => {
    const { outcome, received } = await put(event, undefined, { entryFailures: [code] });
    expect(outcome).toMatchObject({ kind, code: `EVENTBRIDGE_${code}` });
    expect(received).toEqual([]);
  });

  test("a code that AWS could not have given is not repeated", async () => {
    const { outcome } = await put(event, undefined, { entryFailures: ["for jane@shop.example"] });
    expect(outcome).toMatchObject({ kind: "unavailable", code: "EVENTBRIDGE_Unknown" });
    expect(JSON.stringify(outcome)).not.toContain("jane");
  });

  test("a bus that is not there", async () => {
    const { outcome } = await put(event, { source: "shop", bus: "orders" }, { buses: ["default"] });
    expect(outcome).toMatchObject({ kind: "locked-out", code: "EVENTBRIDGE_ResourceNotFoundException" });
  });

  test.each([
    '{"FailedEntryCount":0,"Entries":[]}',
    '{"FailedEntryCount":1,"Entries":[{}]}',
    "{}",
    '{"FailedEntryCount":1,"Entries":[{"EventId":"x"}]}',
  ])("an answer that does not say: %s", async (body) => {
    await using server = await canned({ status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body });
    const outcome = await attempted(eventbridge, { config: { ...awsConfig(server.url), source: "shop" }, action: "put", args: event });
    expect(outcome).toMatchObject({ kind: "uncertain", code: "EVENTBRIDGE_ANSWER_UNREADABLE" });
  });
});

test("a host that does not take the connection has taken nothing", async () => {
  await using host = await silent();
  const outcome = await attempted(eventbridge, { config: { ...awsConfig(host.url), source: "shop" }, action: "put", args: event });
  expect(outcome).toMatchObject({ kind: "unavailable", code: "NETWORK_CONNECT_TIMEOUT" });
}, 30_000);
