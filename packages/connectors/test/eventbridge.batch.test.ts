import { afterEach, describe, expect, test } from "vitest";
import type { AttemptContext, BatchedCall } from "@backstitch/core/connector";
import { openService } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { eventbridge } from "@backstitch/connectors/eventbridge";
import { eventbridgePeer, s3Peer } from "@backstitch/sandbox";
import { answering } from "./support/answering.ts";
import { idOf } from "./support/attempted.ts";
import { awsConfig } from "./support/aws.ts";
import { validate } from "./support/validate.ts";

const atEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

const event = { detailType: "late", detail: { id: 7 } };

function callOf(args: Row, key: string, more: Partial<AttemptContext> = {}): BatchedCall<never> {
  const attempt = {
    deliveryId: idOf(key),
    number: 1,
    hops: 1,
    signal: new AbortController().signal,
    deadline: Date.now() + 10_000,
    ...more,
  };
  return { args: args as never, attempt };
}

async function open(url: string, config: object = {}) {
  const settings = { ...awsConfig(url), source: "shop", ...config };
  const service = openService({ name: "bus", connector: eventbridge, config: settings }, validate);
  atEnd.push(service.close);
  const client = (await service.client()) as never;
  const { batch } = eventbridge.actions.put;
  if (batch === undefined) throw new Error("put gathers nothing");
  const run = (...calls: readonly BatchedCall<never>[]) => batch.run(client, calls, new AbortController().signal);
  return { run, batch, limits: batch.limits(client) };
}

async function openPeer(options: Parameters<typeof eventbridgePeer>[0] = {}, config: object = {}) {
  const peer = await eventbridgePeer(options);
  atEnd.push(peer.close);
  return { peer, ...(await open(peer.url, config)) };
}

/** Takes or refuses as the number of entries says. */
async function counting(answer: (entries: readonly { readonly Detail: string }[]) => readonly [status: number, body: object]) {
  const sizes: number[] = [];
  const far = await answering((response, { body }) => {
    const { Entries } = JSON.parse(body.toString()) as { Entries: readonly { readonly Detail: string }[] };
    sizes.push(Entries.length);
    const [status, said] = answer(Entries);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(said));
  });
  atEnd.push(async () => far[Symbol.asyncDispose]());
  return { sizes, url: far.url };
}

describe("events that wait for each other", () => {
  test("are one request, each with its own id and its own answer", async () => {
    const { peer, run } = await openPeer();
    const answers = await run(...Array.from({ length: 10 }, (_, n) => callOf({ ...event, detail: { n } }, String(n))));
    const details = peer.received().map(({ fields }) => fields["detail"]);
    expect(details).toEqual(Array.from({ length: 10 }, (_, n) => ({ n, backstitchDeliveryId: idOf(String(n)), backstitchHops: 1 })));
    expect(answers).toEqual(peer.received().map(({ fields }) => ({ id: fields["eventId"] })));
    expect(new Set(peer.received().map(({ headers }) => headers["amz-sdk-invocation-id"])).size).toBe(1);
  });

  test("fail one by one: the others are taken", async () => {
    const { peer, run } = await openPeer({ entryFailures: ["InternalFailure", "ThrottlingException"] });
    const [first, second, third] = await run(callOf(event, "1"), callOf(event, "2"), callOf(event, "3"));
    expect(first).toMatchObject({ outcome: "unavailable", code: "EVENTBRIDGE_InternalFailure" });
    expect(second).toMatchObject({ outcome: "throttled", code: "EVENTBRIDGE_ThrottlingException" });
    expect(third).toEqual({ id: peer.received()[0]?.fields["eventId"] });
    expect(peer.received()).toMatchObject([{ fields: { detail: { backstitchDeliveryId: idOf("3") } } }]);
  });

  test("do not wait for one that cannot be sent at all", async () => {
    const { peer, run } = await openPeer();
    const answers = await run(callOf({ ...event, source: "aws.ec2" }, "1"), callOf(event, "2"), callOf({ ...event, time: "x" }, "3"));
    expect(answers).toMatchObject([
      { code: "EVENTBRIDGE_SOURCE_RESERVED" },
      { id: expect.any(String) as string },
      { code: "EVENTBRIDGE_TIME_INVALID" },
    ]);
    expect(peer.received()).toHaveLength(1);
  });

  test("make no request where none can be sent", async () => {
    const { sizes, url } = await counting(() => [500, {}]);
    const { run } = await open(url);
    expect(await run(callOf({ ...event, time: "x" }, "1"))).toMatchObject([{ code: "EVENTBRIDGE_TIME_INVALID" }]);
    expect(sizes).toEqual([]);
  });

  test("are each sent alone where all were refused for one", async () => {
    const { sizes, url } = await counting((entries) =>
      entries.some(({ Detail }) => Detail.includes("bad"))
        ? [400, { __type: "ValidationException", message: "no" }]
        : [200, { FailedEntryCount: 0, Entries: entries.map((_, n) => ({ EventId: `e${n}` })) }],
    );
    const { run } = await open(url);
    const answers = await run(callOf(event, "1"), callOf({ ...event, detail: { bad: 1 } }, "2"), callOf(event, "3"));
    expect(answers).toMatchObject([{ id: "e0" }, { outcome: "rejected", code: "EVENTBRIDGE_ValidationException" }, { id: "e0" }]);
    expect(sizes).toEqual([3, 1, 1, 1]);
  });

  test("are not sent again where they may have been taken", async () => {
    const { sizes, url } = await counting(() => [500, { __type: "InternalException" }]);
    const { run } = await open(url);
    await expect(run(callOf(event, "1"), callOf(event, "2"))).rejects.toMatchObject({ outcome: "uncertain" });
    expect(sizes).toEqual([2]);
  });

  const unclear: readonly (readonly [name: string, answer: object, codes: readonly unknown[]])[] = [
    ["too few", { FailedEntryCount: 0, Entries: [{ EventId: "a" }] }, ["EVENTBRIDGE_ANSWER_UNREADABLE", "EVENTBRIDGE_ANSWER_UNREADABLE"]],
    [
      "another count",
      { FailedEntryCount: 2, Entries: [{ EventId: "a" }, { ErrorCode: "InternalFailure" }] },
      ["EVENTBRIDGE_ANSWER_UNREADABLE", "EVENTBRIDGE_InternalFailure"],
    ],
    ["no id", { FailedEntryCount: 0, Entries: [{}, { EventId: "b" }] }, ["EVENTBRIDGE_ANSWER_UNREADABLE", undefined]],
  ];
  test.each(unclear)("an answer with %s does not say what became of them", async (_name, answer, codes) => {
    const { url } = await counting(() => [200, answer]);
    const { run } = await open(url);
    const answers = await run(callOf(event, "1"), callOf(event, "2"));
    expect(answers.map((one) => ("code" in one ? one["code"] : undefined))).toEqual(codes);
  });
});

describe("how many share a request", () => {
  test("is ten at most, for 20 ms, unless the service says otherwise", async () => {
    expect((await openPeer()).limits).toMatchObject({ calls: 10, waitMs: 20, open: 1 });
    expect((await openPeer({}, { put: { maxEntries: 3, maxWaitMs: 100 } })).limits).toMatchObject({ calls: 3, waitMs: 100 });
    for (const put of [{ maxEntries: 11 }, { maxEntries: 0 }, { maxWaitMs: 60_001 }]) {
      expect(validate(eventbridge.config)({ region: "eu-central-1", put })).not.toEqual([]);
    }
  });

  // The peer counts as AWS does, and refuses a request of 1 MB.
  test.each([
    ["with an envelope", { envelope: "cloudevents", source: "\u{1f9f5}".repeat(256) }],
    ["without", { source: "\u{1f9f5}".repeat(256) }],
  ])("is never more than fits, %s", async (_name, config) => {
    const { peer, run, batch, limits } = await openPeer({}, config);
    const about = { detailType: "€".repeat(128), resources: ["ü".repeat(500)], time: "2026-01-31T08:30:00Z" };
    const event = (length: number): Row => ({ ...about, detail: { a: "é".repeat(length) } });
    const calls = Array.from({ length: 10 }, (_, n) =>
      callOf(event(1_000), String(n), { hops: 1_000, traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` }),
    );
    const left = limits.bytes - 9 * batch.bytes(event(1_000) as never);
    const last = event(Math.floor((left - batch.bytes(event(0) as never)) / 2));
    expect(batch.bytes(last as never)).toBeLessThanOrEqual(left);
    const answers = await run(...calls.slice(1), callOf(last, "last"));
    expect(answers.filter((answer) => "code" in answer)).toEqual([]);
    expect(peer.received()).toHaveLength(10);
    // Else it was refused whole, and each was sent alone.
    expect(new Set(peer.received().map(({ headers }) => headers["amz-sdk-invocation-id"])).size).toBe(1);
  });
});

test("a CloudEvent has the delivery's id, and what happened as its data", async () => {
  const { peer, run } = await openPeer({}, { envelope: "cloudevents" });
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const time = "2026-01-31T08:30:00.123456Z";
  await run(callOf({ ...event, time }, "1", { hops: 4, traceparent }), callOf({ ...event, source: "night" }, "2"));
  const common = { specversion: "1.0", type: "late", datacontenttype: "application/json", data: { id: 7 } };
  expect(peer.received().map(({ fields }) => fields)).toMatchObject([
    { source: "shop", detailType: "late", traceHeader: `Root=1-${"a".repeat(8)}-${"a".repeat(24)};Parent=${"b".repeat(16)};Sampled=1` },
    { source: "night", detailType: "late" },
  ]);
  expect(peer.received().map(({ fields }) => fields["detail"])).toEqual([
    { ...common, id: idOf("1"), source: "shop", time, traceparent, backstitchhops: 4 },
    { ...common, id: idOf("2"), source: "night", backstitchhops: 1 },
  ]);
});

describe("a claim check", () => {
  async function openStore(config: object = {}, options: Parameters<typeof s3Peer>[0] = {}) {
    const store = await s3Peer(options);
    atEnd.push(store.close);
    const claimCheck = { bucket: "details", prefix: "bus/", overBytes: 2_000, endpoint: store.url, forcePathStyle: true };
    return { store, ...(await openPeer({}, { claimCheck, ...config })) };
  }
  const large = { ...event, detail: { id: 2n ** 63n, text: "é".repeat(1_000) } };
  const key = `bus/${idOf("1")}.json`;
  const body = `{"id":"9223372036854775808","text":"${"é".repeat(1_000)}"}`;

  test("stores a detail that is too large, and the event names it; the others go as they are", async () => {
    const { store, peer, run } = await openStore();
    const answers = await run(callOf(large, "1"), callOf(event, "2"));
    expect(answers.filter((answer) => "code" in answer)).toEqual([]);
    expect(store.received()).toMatchObject([{ operation: "PutObject", fields: { key, body, contentType: "application/json" } }]);
    expect(peer.received().map(({ fields }) => fields["detail"])).toEqual([
      {
        claimCheck: { bucket: "details", key, bytes: Buffer.byteLength(body) },
        backstitchDeliveryId: idOf("1"),
        backstitchHops: 1,
      },
      { id: 7, backstitchDeliveryId: idOf("2"), backstitchHops: 1 },
    ]);
  });

  test("is a CloudEvent's dataref", async () => {
    const { peer, run } = await openStore({ envelope: "cloudevents" });
    await run(callOf(large, "1"));
    const detail = peer.received()[0]?.fields["detail"];
    expect(detail).toMatchObject({ id: idOf("1"), dataref: `s3://details/${key}` });
    expect(detail).not.toHaveProperty("data");
  });

  test("is of the same object at each attempt", async () => {
    const { store, run } = await openStore();
    await run(callOf(large, "1"));
    await run(callOf(large, "1", { number: 2 }));
    expect(store.received().map(({ fields }) => fields["key"])).toEqual([key, key]);
  });

  const faults = [
    ["lost-response", "unavailable"],
    ["reset-after", "unavailable"],
    ["reset-before", "unavailable"],
  ] as const;
  test.each(faults)("where the answer of the store is %s, is %s: nothing is on the bus", async (kind, outcome) => {
    const { store, peer, run } = await openStore();
    store.misbehave({ kind }, 1);
    const [first, second] = await run(callOf(large, "1"), callOf(event, "2"));
    expect(first).toMatchObject({ outcome });
    expect(second).toMatchObject({ id: expect.any(String) as string });
    expect(peer.received()).toMatchObject([{ fields: { detail: { backstitchDeliveryId: idOf("2") } } }]);
  });

  test("does not help against too many resources", async () => {
    const { run, peer } = await openStore();
    const resources = Array<string>(600).fill("r".repeat(2_000));
    expect(await run(callOf({ ...large, resources }, "1"))).toMatchObject([{ outcome: "rejected", code: "EVENTBRIDGE_TOO_LARGE" }]);
    expect(peer.received()).toEqual([]);
  });

  test("is needed for an event of 1 MB", async () => {
    const detail = { a: "x".repeat(1_048_576) };
    const { run } = await openPeer();
    expect(await run(callOf({ ...event, detail }, "1"))).toMatchObject([
      { outcome: "rejected", code: "EVENTBRIDGE_TOO_LARGE", message: expect.stringContaining('Give the service a "claimCheck"') as string },
    ]);
    const { run: runWith } = await openStore();
    expect(await runWith(callOf({ ...event, detail }, "1"))).toMatchObject([{ id: expect.any(String) as string }]);
  });
});
