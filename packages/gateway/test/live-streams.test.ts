import type { Row } from "@backstitch/core/values";
import { expect, test } from "vitest";
import type { GatewayOptions } from "../src/index.ts";
import { ADA, BOB, EVERYBODY, OWNER, SCHEMA, change, follow, given, mine, seen, shop, tell } from "./live-support.ts";
import { collection, gateway, server } from "./support.ts";

const postgres = server();

test("whoever comes again is told what was missed; where that is not known any more, to read anew", async () => {
  await using orders = await shop(postgres(), [EVERYBODY], { events: 3 });
  const first = await follow(orders);
  tell(orders, change(1, given));
  await first.take(2);
  const id = first.lastId();
  await first[Symbol.asyncDispose]();
  tell(orders, change(2, given), change(3, given));
  const ids = (told: readonly (readonly [string, unknown])[]): readonly unknown[] =>
    told.map(([event, data]) => [event, (data as { key?: Row }).key]);
  await using second = await follow(orders, { id });
  expect(ids(await second.take(2))).toEqual([
    ["change", { id: 2 }],
    ["change", { id: 3 }],
  ]);
  tell(orders, change(4, given), change(5, given));
  for (const lost of [id, "other.1", "what", `${id}000`]) {
    await using late = await follow(orders, { id: lost });
    tell(orders, change(6, given));
    expect(ids(await late.take(2))).toEqual([
      ["reset", undefined],
      ["change", { id: 6 }],
    ]);
  }
});

test("both messages of one change come again, where the first alone was taken", async () => {
  await using orders = await shop(postgres(), [EVERYBODY]);
  const first = await follow(orders);
  tell(orders, change(2, given, { before: given, previousKey: { id: 1 } }));
  await first.take(2);
  const id = first.lastId();
  await first[Symbol.asyncDispose]();
  await using second = await follow(orders, { id });
  expect((await second.take(2)).map(([event]) => event)).toEqual(["remove", "change"]);
});

test("what is remembered has a bound in bytes", async () => {
  await using orders = await shop(postgres(), [EVERYBODY], { bytes: 10_000 });
  const first = await follow(orders);
  await first.take(1);
  const id = first.lastId();
  await first[Symbol.asyncDispose]();
  for (let time = 0; time < 3; time += 1) tell(orders, change(1, { status: "x".repeat(4_000) }));
  await using second = await follow(orders, { id });
  expect((await second.take(1))[0]).toEqual(["reset", {}]);
});

test("a gap in what this process was told is told", async () => {
  await using orders = await shop(postgres(), [EVERYBODY]);
  await using all = await follow(orders);
  tell(orders, change(1, given));
  await all.take(2);
  orders.live.accepted({ source: "shop", partition: "log", from: "7", to: "8", events: [change(2, given)] });
  // What came after the gap is there, too, for who reads anew.
  expect(await all.take(1)).toEqual([["reset", {}]]);
  orders.live.end();
  // Another process read on.
  orders.live.begin(new Map([["log", "12"]]));
  expect(await all.take(1)).toEqual([["reset", {}]]);
  orders.live.end();
  orders.live.begin(new Map([["log", "12"]]));
  orders.live.accepted({ source: "shop", partition: "log", from: "12", to: "13", events: [change(3, given)] });
  expect((await all.take(1)).map(([event]) => event)).toEqual(["change"]);
});

test("a heartbeat moves the place on, past what was not for this client", async () => {
  await using orders = await shop(postgres(), [OWNER], { events: 2 });
  const ada = await follow(orders, { user: ADA });
  await ada.take(1);
  const id = ada.lastId();
  tell(orders, change(1, given, { before: null }), change(2, given, { before: null }));
  const reading = ada.next();
  await expect.poll(() => ada.lastId()).not.toBe(id);
  const moved = ada.lastId();
  await ada[Symbol.asyncDispose]();
  await reading.catch(() => undefined);
  tell(orders, change(3, mine(3, "new"), { before: null }));
  await using again = await follow(orders, { user: ADA, id: moved });
  expect(await again.take(1)).toEqual([["change", seen(3, "new")]]);
});

test("a stream ends with its token, and where another process reads the log", async () => {
  let isValid = true;
  const authenticate: GatewayOptions["authenticate"] = async () => {
    if (!isValid) throw new Error("The token has ended.");
    return ADA;
  };
  const rules = { orders: { live: true, roles: [OWNER] } };
  await using orders = await gateway(postgres(), SCHEMA, rules, { authenticate, failed: () => undefined, live: { heartbeatMs: 20 } });
  orders.live.begin(new Map());
  await using one = await follow(orders);
  await one.take(1);
  isValid = false;
  expect(await one.next()).toBeUndefined();
  isValid = true;
  await using two = await follow(orders);
  await two.take(1);
  orders.live.end();
  expect(await two.next()).toBeUndefined();
});

test("a stream ends with its token, too, while there is more and more to tell", async () => {
  let isValid = true;
  const authenticate: GatewayOptions["authenticate"] = async () => {
    if (!isValid) throw new Error("The token has ended.");
    return ADA;
  };
  const rules = { orders: { live: true, roles: [EVERYBODY] } };
  await using orders = await gateway(postgres(), SCHEMA, rules, { authenticate, failed: () => undefined, live: { heartbeatMs: 10 } });
  orders.live.begin(new Map());
  await using one = await follow(orders);
  await one.take(1);
  isValid = false;
  const many = 6_000;
  tell(orders, ...Array.from({ length: many }, (_, id) => change(id, { status: "x".repeat(2_000) })));
  let taken = 0;
  while ((await one.next()) !== undefined) taken += 1;
  expect(taken).toBeLessThan(many);
});

test("a reload puts other rules in force: who follows reads anew, or follows no more", async () => {
  await using orders = await shop(postgres(), [OWNER]);
  await using ada = await follow(orders, { user: ADA });
  await ada.take(1);
  await orders.use({ collections: [collection("orders", { live: true, roles: [EVERYBODY] })], values: {} });
  tell(orders, change(2, given, { before: null }));
  expect((await ada.take(1))[0]).toEqual(["reset", {}]);
  tell(orders, change(3, given, { before: null }));
  expect(await ada.take(1)).toEqual([["change", { key: { id: 3 }, document: { id: 3, ...given } }]]);
  await orders.use({ collections: [collection("orders", { roles: [EVERYBODY] })], values: {} });
  expect(await ada.take(1)).toEqual([["reset", {}]]);
  expect(await ada.next()).toBeUndefined();
});

test("there are so many streams, and so many of one user", async () => {
  await using orders = await shop(postgres(), [OWNER], { streams: 3, streamsOfOne: 2, heartbeatMs: 20 });
  const streams = [await follow(orders, { user: ADA }), await follow(orders, { user: ADA })];
  const refused = (user?: Row): Promise<unknown> =>
    orders
      .ask("/v1/orders/changes", { user })
      .then(({ status, headers, body }) => [status, headers.get("retry-after"), (body as { code: string }).code]);
  expect(await refused(ADA)).toEqual([429, "30", "TOO_MANY_STREAMS"]);
  streams.push(await follow(orders));
  expect(await refused(BOB)).toEqual([503, "30", "TOO_MANY_STREAMS"]);
  await streams[0]?.[Symbol.asyncDispose]();
  await expect
    .poll(async () =>
      follow(orders, { user: BOB }).then(
        (one) => streams.push(one),
        () => 0,
      ),
    )
    .toBe(4);
  for (const one of streams) await one[Symbol.asyncDispose]();
});

test("those who can be anybody leave half of the streams to the others", async () => {
  await using orders = await shop(postgres(), [OWNER], { streams: 4, heartbeatMs: 20 });
  const anonymous = (id: string, ...others: readonly Row[]): Row => ({
    id,
    type: "normal",
    identities: [{ id, providerType: "anonymous" }, ...others],
  });
  const nobody = await follow(orders);
  await using _one = await follow(orders, { user: anonymous("one") });
  for (const user of [undefined, anonymous("two")])
    expect(await orders.ask("/v1/orders/changes", { user })).toMatchObject({ status: 503, body: { code: "TOO_MANY_STREAMS" } });
  await using _ada = await follow(orders, { user: { ...ADA, identities: [] } });
  const linked = await follow(orders, { user: anonymous("three", { id: "c@example.com", providerType: "emailPassword" }) });
  await linked[Symbol.asyncDispose]();
  await nobody[Symbol.asyncDispose]();
  const again = (): Promise<string> =>
    follow(orders).then(
      async (one) => (await one[Symbol.asyncDispose](), "open"),
      () => "refused",
    );
  await expect.poll(again).toBe("open");
});

test("who takes nothing is cut off", async () => {
  await using orders = await shop(postgres(), [EVERYBODY], { streams: 1, heartbeatMs: 20 });
  const answer = await fetch(`${orders.url}/v1/orders/changes`);
  const large = { status: "x".repeat(1_000_000) };
  // What the sockets of both sides hold is gone some time.
  for (let time = 0; time < 14; time += 1) tell(orders, change(1, large));
  await expect
    .poll(() => fetch(`${orders.url}/v1/orders/changes`).then(async ({ status, body }) => [status, await body?.cancel()][0]), {
      timeout: 10_000,
    })
    .toBe(200);
  await expect(answer.text()).rejects.toThrow();
});

test.each([
  ["a filter that is none", "?filter=%7B", 400, "FILTER_INVALID"],
  ["two filters", "?filter=%7B%7D&filter=%7B%7D", 400, "PARAMETER_REPEATED"],
  ["another parameter", "?limit=1", 400, "PARAMETER_UNKNOWN"],
])("%s is refused", async (_, query, status, code) => {
  await using orders = await shop(postgres());
  expect(await orders.ask(`/v1/orders/changes${query}`)).toMatchObject({ status, body: { code } });
});

test("where a collection is not live, it is a key like any other", async () => {
  await using orders = await gateway(postgres(), SCHEMA, { orders: { roles: [EVERYBODY] } });
  expect(await orders.ask("/v1/orders/changes")).toMatchObject({ status: 404, body: { code: "DOCUMENT_UNKNOWN" } });
});
