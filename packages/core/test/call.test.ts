import { action, ConnectorError, type Connector } from "@backstitch/core/connector";
import type { Pause, Suppression } from "@backstitch/core/journal";
import type { Guard } from "@backstitch/core/rules";
import { createCaller, openService, type Call, type ServiceDefinition } from "@backstitch/core/runtime";
import type { Row } from "@backstitch/core/values";
import { expect, test } from "vitest";

const ADA: Row = { id: "ada" };
const args = { type: "object", properties: { to: { type: "string", recipient: true } }, required: ["to"] } as const;
const send: Call = { service: "box", action: "send", args: { to: "ada@example.com" }, user: ADA };

const own: Guard = { permits: (_, { to }, user) => (user !== undefined && to !== "eve" ? { by: "own" } : { deniedBecause: "not own" }) };

interface Setting extends Partial<Pick<ServiceDefinition, "limits" | "concurrency" | "guard">> {
  readonly run?: (id: string) => Promise<{ id: string }>;
  readonly paused?: readonly string[];
  readonly suppressed?: readonly string[];
  readonly isAway?: boolean;
  readonly hasJournal?: boolean;
}

function caller({
  run = async (id) => ({ id }),
  paused = [],
  suppressed = [],
  isAway = false,
  hasJournal = true,
  ...service
}: Setting = {}) {
  const sent: string[] = [];
  let now = 0;
  const connector: Connector<unknown> = {
    type: "test",
    summary: "A connector for tests.",
    config: {},
    connect: () => ({}),
    actions: {
      send: action<unknown, typeof args>({
        summary: "Sends.",
        args,
        repeat: "by-key",
        async run(_, __, { deliveryId }) {
          sent.push(deliveryId);
          return run(deliveryId);
        },
      }),
    },
  };
  const definition = { name: "box", connector, config: {}, guard: own, ...service };
  const validate = () => (value: unknown) =>
    Object.hasOwn(value as object, "to") ? [] : [{ path: [], keyword: "required", message: '"to" is missing.', property: "to" }];
  const services = new Map([["box", openService(definition, validate)]]);
  const journal = {
    async paused(): Promise<readonly Pause[]> {
      if (isAway) throw new Error("away");
      return paused.map((name) => ({ of: "service", name, since: 0, by: "ops", reason: "quiet" }));
    },
    async suppressed(asked: readonly { readonly addresses: readonly string[] }[]): Promise<readonly (readonly Suppression[])[]> {
      const found = asked.map(({ addresses }) => addresses.filter((address) => suppressed.includes(address)));
      return found.map((some) => some.map(() => ({ service: "box", shown: "a•••", code: "BY_HAND", since: 0, deliveryId: undefined })));
    },
  };
  const call = createCaller({ services: () => services, journal: () => (hasJournal ? journal : undefined), steady: () => now });
  return { sent, call, pass: (ms: number) => void (now += ms) };
}

test("a call is made once, and told", async () => {
  const { call, sent } = caller();
  const outcome = await call(send);
  expect(outcome).toEqual({ kind: "accepted", receipt: { id: sent[0] } });
  expect(sent[0]).toMatch(/^[a-z2-7]{26}$/);
});

test.each<readonly [string, Setting, Partial<Call>, object]>([
  ["a guard denies it", {}, { args: { to: "eve" } }, { kind: "rejected", code: "GUARD_DENIED" }],
  ["there is no guard", { guard: undefined }, {}, { kind: "rejected", code: "GUARD_DENIED" }],
  [
    "it would have a link made",
    {},
    { args: { to: "ada", $links: { m: { name: "x", service: "box", with: {} } } } },
    { code: "GUARD_DENIED" },
  ],
  ["an argument is missing", {}, { args: {} }, { kind: "rejected", code: "ARGUMENTS_INVALID" }],
  ["there is no such service", {}, { service: "bax" }, { kind: "rejected", code: "SERVICE_UNKNOWN" }],
  ["there is no such action", {}, { action: "sent" }, { kind: "rejected", code: "ACTION_UNKNOWN" }],
  ["its recipient is suppressed", { suppressed: ["ada@example.com"] }, {}, { kind: "rejected", code: "SUPPRESSED" }],
  ["the service is paused", { paused: ["box"] }, {}, { kind: "unavailable", code: "PAUSED" }],
  ["the journal is away", { isAway: true }, {}, { kind: "unavailable", code: "JOURNAL_AWAY" }],
  ["the journal is not open yet", { hasJournal: false }, {}, { kind: "unavailable", code: "JOURNAL_AWAY" }],
])("nothing is sent where %s", async (_, setting, call, expected) => {
  const { call: make, sent } = caller(setting);
  expect(await make({ ...send, ...call })).toMatchObject(expected);
  expect(sent).toEqual([]);
});

test("who may not call is not told what a call takes", async () => {
  const denies: Guard = { permits: () => ({ deniedBecause: "nobody may" }) };
  expect(await caller({ guard: denies }).call({ ...send, args: {} })).toMatchObject({ code: "GUARD_DENIED" });
});

test("another service's pause is no matter", async () => {
  expect(await caller({ paused: ["other"] }).call(send)).toMatchObject({ kind: "accepted" });
});

test("the same key of the same user for the same action is the same delivery, and no other is", async () => {
  const { call, sent } = caller();
  for (const key of ["k", "k", "l"]) await call({ ...send, key });
  await call({ ...send, key: "k", user: { id: "bob" } });
  await call(send);
  await call(send);
  expect(sent[0]).toBe(sent[1]);
  expect(new Set(sent).size).toBe(5);
});

test("the service's limits hold for users", async () => {
  const { call, sent, pass } = caller({ limits: { rates: [{ unit: "requests", count: 2, periodMs: 3_600_000 }], per: undefined } });
  for (let time = 0; time < 2; time += 1) expect(await call(send)).toMatchObject({ kind: "accepted" });
  const kept = await call(send);
  expect(kept).toMatchObject({ kind: "throttled", code: "LIMITED", retryAfterMs: expect.any(Number) });
  // What a guard denies uses nothing.
  expect(await call({ ...send, args: { to: "eve" } })).toMatchObject({ code: "GUARD_DENIED" });
  pass(kept.kind === "throttled" ? (kept.retryAfterMs ?? 0) : 0);
  expect(await call(send)).toMatchObject({ kind: "accepted" });
  expect(sent).toHaveLength(3);
});

test("so many calls are under way at once as the service takes", async () => {
  const done = Promise.withResolvers<{ id: string }>();
  const { call } = caller({ concurrency: 1, run: () => done.promise });
  const first = call(send);
  await expect.poll(() => call(send)).toMatchObject({ kind: "throttled", code: "LIMITED", retryAfterMs: 1_000 });
  done.resolve({ id: "r" });
  expect(await first).toMatchObject({ kind: "accepted" });
  expect(await call(send)).toMatchObject({ kind: "accepted" });
});

test("what the far side says is told", async () => {
  const { call } = caller({ run: () => Promise.reject(new ConnectorError("throttled", "BOX_SLOW", "Slower.", 2_000)) });
  expect(await call(send)).toMatchObject({ kind: "throttled", code: "BOX_SLOW", retryAfterMs: 2_000 });
});
