import fc from "fast-check";
import { expect } from "vitest";
import { REPORTED, type ReportedStanding } from "../../connector/index.ts";
import type { ClaimedDelivery, Decision, NextState } from "../../journal/index.ts";
import { deliveryId, type NewDelivery } from "../../rules/index.ts";
import { asks, failed, LEASE_MS, settlementOf, type JournalBench } from "./bench.ts";
import * as model from "./model.ts";
import type { Model, Modelled } from "./model.ts";

/** Something that is asked of the journal and of the model alike. */
export type JournalCommand = fc.AsyncCommand<Model, JournalBench>;

const ROWS = 24;
const DAY_MS = 86_400_000;
const DECISIONS: readonly Decision[] = ["drop", "hold", "release", "forget"];
const ENDS = ["accepted", "rejected", "expired", "dropped", "held", "waiting", "uncertain", "pending"] as const;
const PAUSES = [
  { of: "rule", name: "other" },
  { of: "rule", name: "low-stock" },
  { of: "service", name: "sms" },
] as const;
const NOTE = { by: "ada", reason: "A test." };

const row = fc.nat({ max: ROWS - 1 });
const rows = fc.array(row, { maxLength: 8 });
const pick = fc.nat({ max: 7 });

const recording: fc.Arbitrary<JournalCommand> = fc
  .tuple(rows, pick)
  .map(([asked, room]) => command(`record ${asked} claiming ${room}`, (...both) => record(asked, room, ...both), ["claim"]));
const claiming: fc.Arbitrary<JournalCommand> = fc
  .tuple(fc.constantFrom("sms", "mail"), pick)
  .map(([service, room]) =>
    command(`claim ${room} of ${service}`, (...both) => claim(service, room, ...both), ["lapse", "report", "claim"]),
  );
const settling: fc.Arbitrary<JournalCommand> = fc
  .array(fc.tuple(pick, fc.constantFrom(...ENDS)), { maxLength: 5 })
  .map((picks) => command(`settle ${picks.join(" ")}`, (...both) => settle(picks, ...both), ["settle"]));

/** Every call that changes a delivery, and time. What is named twice comes twice as often. */
export const commands: fc.Arbitrary<JournalCommand>[] = [
  recording,
  recording,
  row.map((one) => command(`fail ${one}`, (...both) => fail(one, ...both), [])),
  claiming,
  claiming,
  fc.array(pick, { maxLength: 4 }).map((picks) => command(`start ${picks}`, (...both) => start(picks, ...both), ["start"])),
  settling,
  settling,
  fc
    .tuple(rows, fc.boolean())
    .map(([which, rendered]) =>
      command(`redrive ${which}${rendered ? " rendered" : ""}`, (...both) => redrive(which, rendered, ...both), ["redrive"]),
    ),
  fc
    .tuple(fc.constantFrom(...DECISIONS), rows)
    .map(([decision, which]) => command(`${decision} ${which}`, (...both) => decide(decision, which, ...both), [decision])),
  fc
    .tuple(row, fc.constantFrom(...REPORTED))
    .map(([one, standing]) => command(`learn ${one} ${standing}`, (...both) => learn(one, standing, ...both), ["report"])),
  fc
    .constantFrom(1, LEASE_MS / 2, LEASE_MS, 7 * DAY_MS, 23 * DAY_MS)
    .map((ms) => command(`wait ${ms}`, (...both) => wait(ms, ...both), [])),
  fc
    .tuple(fc.constantFrom(...PAUSES), fc.boolean())
    .map(([what, on]) => command(`${on ? "pause" : "resume"} ${what.of} ${what.name}`, (...both) => pause(what, on, ...both), [])),
  fc.constant(command("purge", purge, [])),
  fc.constant(command("crash", crash, ["lapse"])),
];

type Run = (state: Model, bench: JournalBench) => Promise<void>;

/** @param moves Those of the state machine that it may make */
function command(name: string, run: Run, moves: readonly string[]): JournalCommand {
  return {
    check: () => true,
    async run(state, bench) {
      const before = new Map(state.deliveries.map((one) => [one, one.state]));
      await run(state, bench);
      for (const [one, from] of before) {
        expect(one.state === from || model.canReach(moves, from, one.state), `${name}: ${from} → ${one.state}`).toBe(true);
      }
      await compare(state, bench);
    },
    toString: () => name,
  };
}

function asked(number: number, now: number): NewDelivery {
  const service = number % 6 === 0 ? "mail" : "sms";
  const rule = number % 5 === 0 ? "other" : "low-stock";
  const ifUncertain = number % 2 === 0 ? "hold" : "retry";
  return asks(`e${number}`, {
    lane: `lane-${number % 4}`,
    rule,
    service,
    ifUncertain,
    expiresAt: number % 3 === 0 ? now + number : undefined,
  });
}

function claimAs(state: Model, expected: readonly Modelled[], claims: readonly ClaimedDelivery[]): void {
  const shown = claims.map(({ id, attempts, claims: counted, uncertain, expiresAt }) => ({
    id,
    attempts,
    claims: counted,
    uncertain,
    expiresAt,
  }));
  expect(shown).toEqual(
    expected.map(({ id, attempts, claims: counted, uncertain, expiresAt }) => ({
      id,
      attempts,
      claims: counted + 1,
      uncertain,
      expiresAt,
    })),
  );
  for (const [index, one] of expected.entries()) {
    const token = claims[index]?.claim;
    if (token === undefined) continue;
    expect(token.number, "a claim's number only grows").toBeGreaterThan(one.token?.number ?? 0);
    model.claim(state, one, token, LEASE_MS);
  }
}

async function record(numbers: readonly number[], room: number, state: Model, bench: JournalBench): Promise<void> {
  const deliveries = numbers.map((number) => asked(number, bench.now()));
  const request = { room: new Map([["sms", room]]), bytes: 1_000_000, leaseMs: LEASE_MS };
  const claims = await bench.record({ deliveries, claim: request });
  const expected = model.record(state, deliveries, { sms: room });
  claimAs(state, expected, claims);
}

async function fail(number: number, state: Model, bench: JournalBench): Promise<void> {
  const { rule, service } = asked(number, bench.now());
  const failures = [failed(`e${number}`, { rule, service })];
  await bench.record({ failures });
  model.record(state, failures, {});
}

async function claim(service: string, room: number, state: Model, bench: JournalBench): Promise<void> {
  const claims = await bench.claim({ room: new Map([[service, room]]) });
  model.lapse(state, "CLAIM_LAPSED");
  model.accept(state);
  claimAs(state, model.ready(state, service).slice(0, room), claims);
}

function tokensOf({ claims }: Model, picks: readonly number[]): Model["claims"] {
  return picks.map((one) => claims[one]).filter((one) => one !== undefined);
}

async function start(picks: readonly number[], state: Model, bench: JournalBench): Promise<void> {
  const tokens = tokensOf(state, picks).map(({ token }) => token);
  expect(await bench.journal.start(tokens)).toEqual(tokens.filter((token) => model.start(state, token)));
}

async function settle(picks: readonly (readonly [number, NextState["state"]])[], state: Model, bench: JournalBench): Promise<void> {
  const settlements = picks.flatMap(([one, end]) => {
    const next: NextState = end === "waiting" || end === "uncertain" ? { state: end, dueAt: bench.now() + 500 } : { state: end };
    return tokensOf(state, [one]).map(({ token, attempts }) => settlementOf({ claim: token, attempts }, next));
  });
  const stale = settlements.filter((settlement) => {
    const held = model.claimedBy(state, settlement.claim);
    if (held === undefined) return true;
    const { outcome, next } = settlement;
    model.settle(state, held, next, outcome && (outcome.kind === "accepted" ? "accepted" : outcome.code));
    return false;
  });
  expect(await bench.journal.settle(settlements)).toEqual(stale.map((settlement) => settlement.claim));
}

function idOf(number: number): string {
  return deliveryId(asks(`e${number}`).key);
}

/** Of those that are there and fit, each once. */
function done(state: Model, numbers: readonly number[], doIt: (one: Modelled, number: number) => boolean): readonly string[] {
  return numbers.flatMap((number) => {
    const one = state.deliveries.find(({ id }) => id === idOf(number));
    return one !== undefined && doIt(one, number) ? [one.id] : [];
  });
}

async function redrive(numbers: readonly number[], isRendered: boolean, state: Model, bench: JournalBench): Promise<void> {
  const requests = numbers.map((number) => ({ id: idOf(number), ...(isRendered ? { rendered: asked(number, bench.now()) } : {}) }));
  const redriven = await bench.journal.redrive(requests, NOTE);
  expect(redriven).toEqual(done(state, numbers, (one, number) => model.redrive(state, one, isRendered ? asked(number, 0) : undefined)));
}

async function decide(decision: Decision, numbers: readonly number[], state: Model, bench: JournalBench): Promise<void> {
  const decided = await bench.journal.decide(decision, numbers.map(idOf), NOTE);
  expect(decided).toEqual(done(state, numbers, (one) => model.decide(state, one, decision)));
}

async function learn(number: number, standing: ReportedStanding, state: Model, bench: JournalBench): Promise<void> {
  const { service } = asked(number, bench.now());
  const [learned] = await bench.journal.learn([{ service, deliveryId: idOf(number), standing, at: bench.now() }]);
  const held = state.deliveries.find(({ id }) => id === idOf(number));
  const isKnown = held?.asked.service === service;
  expect(learned).toBe(isKnown ? (model.learn(state, held, standing) ? "new" : "known") : "unknown");
}

async function wait(ms: number, state: Model, bench: JournalBench): Promise<void> {
  bench.advance(ms);
  state.now = bench.now();
}

async function pause(what: (typeof PAUSES)[number], on: boolean, state: Model, bench: JournalBench): Promise<void> {
  await bench.journal.setPaused([what], on ? NOTE : undefined);
  if (on) state.paused.add(`${what.of} ${what.name}`);
  else state.paused.delete(`${what.of} ${what.name}`);
  const shown = (await bench.journal.paused()).map(({ of, name }) => `${of} ${name}`);
  expect(new Set(shown)).toEqual(state.paused);
}

async function purge(state: Model, bench: JournalBench): Promise<void> {
  expect(await bench.journal.purge()).toBe(model.purge(state));
}

async function crash(state: Model, bench: JournalBench): Promise<void> {
  await bench.reopen();
  model.lapse(state, "CRASHED");
}

/** The journal shows what the model holds, and accounts for it. */
async function compare(state: Model, { journal }: JournalBench): Promise<void> {
  expect(await journal.verify()).toEqual([]);
  const records = await journal.deliveries({ limit: ROWS * 2 });
  const shown = records.map(({ id, state: standing, lane, dueAt, attempts, blocked, redriven, expiresAt, args, report, outcomes }) => {
    const codes = outcomes.map(({ outcome }) => (outcome.kind === "accepted" ? "accepted" : outcome.code));
    return {
      id,
      state: standing,
      lane,
      dueAt,
      attempts,
      blocked,
      redriven,
      expiresAt,
      hasArguments: args !== undefined,
      reported: report?.standing,
      outcomes: codes,
    };
  });
  const expected = state.deliveries.map((one) => {
    const { id, state: standing, lane, dueAt, attempts, redriven, expiresAt, hasArguments, reported, outcomes } = one;
    return {
      id,
      state: standing,
      lane,
      dueAt,
      attempts,
      blocked: model.isBlocked(state, one),
      redriven,
      expiresAt,
      hasArguments,
      reported,
      outcomes,
    };
  });
  expect(shown).toEqual(expected);
  const { deliveries: counts, lanes } = await journal.counts();
  const waiting = state.deliveries.filter((one) => model.isBlocked(state, one));
  const blockedSince = waiting.length === 0 ? undefined : Math.min(...waiting.map(({ recordedAt }) => recordedAt));
  expect(lanes).toEqual({ blocked: new Set(waiting.map(({ lane, redriven }) => `${lane} ${redriven}`)).size, blockedSince });
  const states = Object.keys(counts) as (keyof typeof counts)[];
  expect(counts).toEqual(Object.fromEntries(states.map((one) => [one, state.deliveries.filter((other) => other.state === one).length])));
  for (const { asked: one, eventKept } of state.deliveries)
    expect((await journal.event(one.eventId)) !== undefined, one.eventId).toBe(eventKept);
}
