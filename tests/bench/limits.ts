/** `pnpm bench:limits`: 20 attempts at a time against a far side with a hard quota, by that one's clock; one JSON object a line; exit code 0 where the goals were met. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { http } from "@backstitch/connectors/http";
import type { AnyConnector } from "@backstitch/core/connector";
import { deliveryKey, type NewDelivery, type RuleSet } from "@backstitch/core/rules";
import { openService, runEngine, type Rate } from "@backstitch/core/runtime";
import type { ChangeEvent, Source } from "@backstitch/core/source";
import { memoryJournal } from "@backstitch/journals/memory";
import { printMachine } from "./line.ts";
import type { Quota, Usage } from "./quota-peer.ts";

const CONCURRENCY = 20;
const PERIODS = 10;
const LEAST_USED = 0.95;
const MOST_REFUSED = 0.01;

const peer = fork(join(import.meta.dirname, "quota-peer.ts"));
const [{ port }] = (await once(peer, "message")) as [{ port: number }];

/** Like `http`, but its requests weigh what their bodies say. */
const weighed: AnyConnector = {
  ...http,
  actions: { request: { ...http.actions["request"], cost: { units: ({ body }: { body: { units: number } }) => body.units } } },
} as AnyConnector;

/** Rows of so many units in all, of 1 to `largest` each. */
function rowsOf(units: number, largest: number): readonly number[] {
  const rows: number[] = [];
  for (let left = units, next = 0; left > 0; left -= rows.at(-1) ?? 0, next += 1) rows.push(Math.min(left, 1 + (next % largest)));
  return rows;
}

function sourceOf(rows: readonly number[], done: Promise<void>): Source {
  const events = rows.map((units, index): ChangeEvent => {
    const row = { id: index, units };
    const fixed = { source: "bench", origin: "log", operation: "insert", database: "", collection: "row", committedAt: "" } as const;
    return { ...fixed, id: String(index), key: { id: index }, previousKey: undefined, after: row, before: null, unsent: [], changed: [] };
  });
  return {
    name: "bench",
    async read(_from, accept) {
      await accept({ source: "bench", partition: "all", from: undefined, to: "1", events });
      await done;
    },
  };
}

const rules: RuleSet = {
  hash: "bench",
  entry: () => undefined,
  match: (events) => ({ deliveries: events.map(deliveryOf), failures: [], undecided: [] }),
};

function deliveryOf({ id, after }: ChangeEvent): NewDelivery {
  const args = { path: "/", body: { units: after?.["units"] ?? 1 } };
  const policy = { ifUncertain: "retry", retry: undefined, expiresAt: undefined } as const;
  return {
    key: deliveryKey(id, "r", "t"),
    eventId: id,
    rule: "r",
    then: "t",
    service: "far",
    action: "request",
    args,
    lane: id,
    ...policy,
  };
}

async function usageOf(rate: Rate, largest: number): Promise<Usage> {
  peer.send({ count: rate.count, periodMs: rate.periodMs, mark: rate.count * PERIODS } satisfies Quota);
  const rows = rowsOf(rate.count * (PERIODS + 1), largest);
  const stop = new AbortController();
  const done = Promise.withResolvers<void>();
  let left = rows.length;
  const config = { baseUrl: `http://127.0.0.1:${port}` };
  const limits = { rates: [rate], per: undefined };
  const service = openService({ name: "far", connector: weighed, config, concurrency: CONCURRENCY, limits }, () => () => []);
  await runEngine({
    sources: [sourceOf(rows, done.promise)],
    rules: () => rules,
    services: () => new Map([["far", service]]),
    journal: memoryJournal(),
    observer: {
      settled(_delivery, { kind }) {
        if (kind === "accepted" && (left -= 1) === 0) stop.abort(done.resolve());
      },
    },
    signal: stop.signal,
  });
  await service.close();
  const answer = once(peer, "message");
  peer.send("usage");
  return ((await answer) as [Usage])[0];
}

const cases: readonly (readonly [Rate, largest: number])[] = [
  [{ unit: "requests", count: 20, periodMs: 1_000 }, 1],
  [{ unit: "requests", count: 200, periodMs: 1_000 }, 1],
  [{ unit: "units", count: 100, periodMs: 1_000 }, 3],
];
for (const [rate, largest] of cases) {
  const { requests, refused, elapsedMs } = await usageOf(rate, largest);
  // The first unit after so many whole periods' could have been sent when those were over, and no sooner.
  const used = (PERIODS * rate.periodMs) / elapsedMs;
  const met = used >= LEAST_USED && refused / requests < MOST_REFUSED;
  const shares = { used: Number(used.toPrecision(4)), refused: refused / requests };
  console.log(JSON.stringify({ name: "limits", ...rate, concurrency: CONCURRENCY, requests, ...shares, met }));
  if (!met) process.exitCode = 1;
}
peer.disconnect();
printMachine();
