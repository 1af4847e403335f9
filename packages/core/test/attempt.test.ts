import { inspect } from "node:util";
import { action, ConnectorError, type Connector, Secret, type SchemaFault, type Validate } from "@backstitch/core/connector";
import type { Guard } from "@backstitch/core/rules";
import { attempt, openService, type Attemptable, type Services } from "@backstitch/core/runtime";
import { describe, expect, test } from "vitest";

const CANARY = "hunter2-canary";

interface Client {
  run(context: { signal: AbortSignal; deliveryId: string; number: number; hops: number }): Promise<{ id: string }>;
  reconcile?: () => Promise<"done" | "not-done" | "cannot-tell">;
}

const args = { type: "object", properties: { to: { type: "string" } }, required: ["to"] } as const;

/** Knows one keyword: enough to refuse a missing argument. */
const validate: Validate = (schema) => (value) =>
  (schema.required ?? [])
    .filter((name) => !Object.hasOwn(value as object, name))
    .map((name): SchemaFault => ({ path: [], keyword: "required", message: `"${name}" is missing.`, property: name }));

function services(client: Client, guard?: Guard, connect?: () => Client | Promise<Client>): Services {
  const send = action<Client, typeof args>({
    summary: "Sends.",
    args,
    faults: ({ to }) => (to === "nobody" ? [{ path: ["to"], keyword: "format", message: '"to" is nobody.' }] : []),
    repeat: "repeats",
    run: (it, _args, context) => it.run(context),
  });
  const reconciled = { ...send, reconcile: async () => (await client.reconcile?.()) ?? "cannot-tell" };
  const connector: Connector<unknown, Client> = {
    type: "test",
    summary: "A connector for tests.",
    config: {},
    connect: connect ?? (() => client),
    actions: { send: client.reconcile === undefined ? send : reconciled },
  };
  return new Map([["box", openService({ name: "box", connector, config: {}, guard, deadlineMs: 50 }, validate)]]);
}

const delivery: Attemptable = {
  id: "d",
  service: "box",
  action: "send",
  args: { to: "x" },
  attempts: 0,
  uncertain: false,
  ifUncertain: "retry",
};
const done: Client = { run: async () => ({ id: "r1" }) };
const throwing = (error: unknown): Client => ({
  run: async () => {
    throw error;
  },
});
const axiosLike = Object.assign(new Error(`request with ${CANARY}`), {
  code: "ECONNRESET",
  config: { headers: { authorization: CANARY } },
});

type Row = readonly [name: string, client: Client, changes: Partial<Attemptable>, expected: object, guard?: Guard];

const rows: readonly Row[] = [
  ["accepted with its receipt", done, {}, { kind: "accepted", receipt: { id: "r1" } }],
  ["an unknown service", done, { service: "bax" }, { kind: "rejected", code: "SERVICE_UNKNOWN" }],
  ["an unknown action", done, { action: "post" }, { kind: "rejected", code: "ACTION_UNKNOWN" }],
  ["arguments that the schema refuses", done, { args: {} }, { kind: "rejected", code: "ARGUMENTS_INVALID" }],
  [
    "arguments that the schema takes and the action refuses",
    done,
    { args: { to: "nobody" } },
    { kind: "rejected", code: "ARGUMENTS_INVALID", reason: 'Arguments of box.send: "to" is nobody.' },
  ],
  ["a guard that denies", done, {}, { kind: "rejected", code: "GUARD_DENIED", reason: "no" }, { permits: () => ({ deniedBecause: "no" }) }],
  ["a guard that permits", done, {}, { kind: "accepted" }, { permits: () => ({ by: "yes" }) }],
  [
    "what the connector says",
    throwing(new ConnectorError("throttled", "T", "Too fast.", 5)),
    {},
    { kind: "throttled", code: "T", retryAfterMs: 5 },
  ],
  ["an unclassified throw is uncertain", throwing(axiosLike), {}, { kind: "uncertain", code: "UNCLASSIFIED" }],
  ["something thrown that is no error", throwing(CANARY), {}, { kind: "uncertain", code: "UNCLASSIFIED" }],
  ["no answer within the deadline", { run: () => new Promise(() => undefined) }, {}, { kind: "uncertain", code: "DEADLINE" }],
  [
    "found done: not done again",
    { ...throwing(new Error("must not run")), reconcile: async () => "done" },
    { uncertain: true },
    { kind: "accepted", receipt: { reconciled: true } },
  ],
  [
    "found not done: done now",
    { ...done, reconcile: async () => "not-done" },
    { uncertain: true },
    { kind: "accepted", receipt: { id: "r1" } },
  ],
  [
    "cannot tell, retry: done again",
    { ...done, reconcile: async () => "cannot-tell" },
    { uncertain: true },
    { kind: "accepted", receipt: { id: "r1" } },
  ],
  [
    "cannot tell, hold: not done again",
    { ...throwing(new Error("must not run")), reconcile: async () => "cannot-tell" },
    { uncertain: true, ifUncertain: "hold" },
    { kind: "uncertain", code: "CANNOT_TELL" },
  ],
];

describe("attempt", () => {
  test.each(rows.map((row) => ({ name: row[0], row })))("$name", async ({ row: [, client, changes, expected, guard] }) => {
    const outcome = await attempt({ ...delivery, ...changes }, services(client, guard));
    expect(outcome).toMatchObject(expected);
    expect(inspect(outcome, { depth: Infinity })).not.toContain(CANARY);
  });

  test.each([
    [undefined, 1],
    [0, 1],
    [7, 8],
    [999, 1_000],
    [1_000, 1_000],
  ])("of an event that came through %j deliveries the connector is told %j", async (hops, told) => {
    const heard: number[] = [];
    const listening: Client = {
      run: async (context) => {
        heard.push(context.hops);
        return { id: "r" };
      },
    };
    await attempt({ ...delivery, hops }, services(listening));
    expect(heard).toEqual([told]);
  });

  test("a client that cannot be made locks the service out, and is made again at the next attempt", async () => {
    let tries = 0;
    const flaky = services(done, undefined, () => {
      tries += 1;
      if (tries === 1) throw new Error(CANARY);
      return done;
    });
    const first = await attempt(delivery, flaky);
    expect(first).toMatchObject({ kind: "locked-out", code: "CONNECT_FAILED" });
    expect(JSON.stringify(first)).not.toContain(CANARY);
    expect(await attempt(delivery, flaky)).toMatchObject({ kind: "accepted" });
  });

  test("shutdown makes it uncertain, and the connector is told by its signal", async () => {
    const stop = new AbortController();
    let told: AbortSignal | undefined;
    const slow: Client = {
      run: ({ signal }) => {
        told = signal;
        stop.abort();
        return new Promise(() => undefined);
      },
    };
    expect(await attempt(delivery, services(slow), { signal: stop.signal })).toMatchObject({ kind: "uncertain", code: "ABORTED" });
    expect(told?.aborted).toBe(true);
  });

  test("cut short before the connector was reached, nothing can be done and nothing is sent later", async () => {
    const connecting = Promise.withResolvers<Client>();
    let sent = 0;
    const counting: Client = {
      run: async () => {
        sent += 1;
        return { id: "late" };
      },
    };
    const late = services(counting, undefined, () => connecting.promise);
    expect(await attempt(delivery, late)).toMatchObject({ kind: "unavailable", code: "DEADLINE" });
    expect(await attempt({ ...delivery, uncertain: true }, late)).toMatchObject({ kind: "uncertain", code: "DEADLINE" });
    expect(await attempt(delivery, late, { signal: AbortSignal.abort() })).toMatchObject({ kind: "unavailable", code: "ABORTED" });
    connecting.resolve(counting);
    await new Promise(setImmediate);
    expect(sent).toBe(0);
  });

  test("cut short while it was looked up, it may have been done before and is not done now", async () => {
    const lookedUp = Promise.withResolvers<"not-done">();
    let sent = 0;
    const slow: Client = {
      reconcile: () => lookedUp.promise,
      run: async () => {
        sent += 1;
        return { id: "late" };
      },
    };
    expect(await attempt({ ...delivery, uncertain: true }, services(slow))).toMatchObject({ kind: "uncertain", code: "DEADLINE" });
    lookedUp.resolve("not-done");
    await new Promise(setImmediate);
    expect(sent).toBe(0);
  });

  const circular = { id: "r1" };
  Object.assign(circular, { circular });
  test.each([
    ["circular", circular],
    ["no object", "r1"],
    ["null", null],
    ["nothing", undefined],
  ])("a receipt that is %s is left out: it could not be stored, nor anything with it", async (_what, receipt) => {
    const client = { run: async () => receipt as { id: string } };
    expect(await attempt(delivery, services(client))).toEqual({ kind: "accepted", receipt: {} });
  });

  test("a guard that fails permits nothing, and what it says is not repeated", async () => {
    const guard: Guard = {
      permits() {
        throw new Error(CANARY);
      },
    };
    const outcome = await attempt(delivery, services(done, guard));
    expect(outcome).toMatchObject({ kind: "rejected", code: "GUARD_DENIED" });
    expect(JSON.stringify(outcome)).not.toContain(CANARY);
  });

  test("the attempt's number counts from one, under one id", async () => {
    const seen: string[] = [];
    const client: Client = {
      run: async ({ deliveryId, number }) => {
        seen.push(`${deliveryId}${number}`);
        return { id: "r" };
      },
    };
    await attempt(delivery, services(client));
    await attempt({ ...delivery, attempts: 1 }, services(client));
    expect(seen).toEqual(["d1", "d2"]);
  });
});

test("a secret never shows itself", () => {
  const secret = new Secret(CANARY);
  const shown = `${secret} ${JSON.stringify({ secret })} ${inspect({ secret }, { depth: Infinity, showHidden: true })} ${Object.values(secret).join()}`;
  expect(shown).not.toContain(CANARY);
  expect(secret.reveal()).toBe(CANARY);
});
