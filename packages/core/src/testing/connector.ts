import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyConnector } from "../connector/connector.ts";
import { canaries, type Canaries } from "./canaries.ts";
import { isClassified, openBench, type Bench } from "./connector-bench.ts";
import { describeDeclaration } from "./connector-declaration.ts";
import { faultCases, type FaultCase } from "./connector-faults.ts";
import type { ActionSuite, ConnectorSuite } from "./connector-suite.ts";
import { recordOutput, type RecordedOutput } from "./output.ts";
import { closedUrl, wireTo } from "./wire.ts";

/** How long an attempt under a fault may take; nothing is measured by it. */
const DEADLINE_MS = 1_500;
/** How long the suite waits for what must happen soon. */
const SOON_MS = 5_000;

/**
 * Says whether a connector is finished: vitest tests over its declaration, its happy path and every fault model, all through the public
 * contract (`openService`, `attempt`) and real sockets. Call it at the top of a test file.
 */
export function describeConnector(connector: AnyConnector, suite: ConnectorSuite): void {
  describe(`connector ${connector.type}`, { timeout: 30_000 }, () => {
    const watched = canaries([...suite.secrets, ...(suite.recipients ?? [])]);
    let output: RecordedOutput | undefined;
    beforeAll(() => {
      output = recordOutput();
    });
    afterAll(() => output?.stop());
    describeDeclaration(connector, suite);
    const subjects = Object.keys(connector.actions).map((action): Subject => ({ connector, suite, action, watched }));
    for (const subject of subjects) describeAction(subject);
    // At the same time, since they wait for nothing but their deadlines.
    describe.concurrent("before a far side that is slow", () => subjects.forEach(describeSlowness));
    // The last one: it looks at what all before it made the connector print.
    test("printed neither secrets nor recipients", () => {
      expect(watched.seenIn(output?.text() ?? ""), "secrets or recipients in what was printed").toEqual([]);
    });
  });
}

interface Subject {
  readonly connector: AnyConnector;
  readonly suite: ConnectorSuite;
  readonly action: string;
  readonly watched: Canaries;
}

/** A bench, its far side and the wire between. */
async function setUp({ connector, suite, action }: Subject) {
  const peer = await (suite.actions[action] as ActionSuite).peer();
  const wire = await wireTo(peer.url);
  const bench = openBench({ connector, suite, action, url: wire.url });
  return {
    peer,
    wire,
    bench,
    async [Symbol.asyncDispose]() {
      await bench.close();
      await wire[Symbol.asyncDispose]();
      await peer.close();
    },
  };
}

function describeAction(subject: Subject): void {
  describe(subject.action, () => {
    describeArrival(subject);
    describeFaults(subject);
    describeReconciling(subject);
  });
}

function describeArrival(subject: Subject): void {
  const { repeat } = subject.connector.actions[subject.action] as AnyConnector["actions"][string];

  test("arrives once, under its delivery id where that makes a repeat harmless", async () => {
    await using at = await setUp(subject);
    const trial = at.bench.trial();
    const outcome = await at.bench.attempt(trial);
    expect(outcome).toMatchObject({ kind: "accepted" });
    expect(at.peer.received(), "what the far side took of one attempt").toHaveLength(1);
    if (repeat === "by-key") expect(JSON.stringify(at.peer.received()), "the delivery's id in what the far side took").toContain(trial.id);
    expectDiscreet(subject, at.bench, outcome);
  });

  test("arrives from several attempts at the same time", async () => {
    await using at = await setUp(subject);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => at.bench.attempt(at.bench.trial())));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array<string>(8).fill("accepted"));
    expect(at.peer.received(), "what the far side took of eight attempts").toHaveLength(8);
  });

  test("connecting makes no request, and closing ends every connection", async () => {
    await using at = await setUp(subject);
    await at.bench.connect();
    expect(at.wire.made(), "connections made by connecting").toBe(0);
    expect(await at.bench.attempt(at.bench.trial())).toMatchObject({ kind: "accepted" });
    await at.bench.close();
    await expect.poll(() => at.wire.open(), { timeout: 2_000, message: "connections open after closing" }).toBe(0);
  });
}

function casesOf({ suite, action }: Subject): readonly FaultCase[] {
  return faultCases(Date.now(), suite.actions[action]?.isOneOfMany === true);
}

function titleOf({ name, outcomes, because }: FaultCase): string {
  return `${name} is ${outcomes.join(" or ")}, because ${because}; then it works again`;
}

function describeFaults(subject: Subject): void {
  for (const row of casesOf(subject).filter(({ fault }) => fault.kind !== "slow")) {
    test(titleOf(row), async () => {
      await using at = await setUp(subject);
      // Twice: over a new connection, then over the one that the success in between left open.
      for (const connection of ["new", "kept"]) await meetFault(subject, at, row, connection);
    });
  }

  test("a refused connection is unavailable, because nothing was sent", async () => {
    await using bench = openBench({ ...subject, url: await closedUrl() });
    const outcome = await bench.attempt(bench.trial(), { deadlineMs: DEADLINE_MS });
    expect(outcome.kind, "where the connection was refused").toBe("unavailable");
    expectDiscreet(subject, bench, outcome);
  });

  test("an attempt that is cut short is uncertain, and the connector lets go of it", async () => {
    await using at = await setUp(subject);
    at.peer.misbehave({ kind: "slow", delayMs: 600_000 });
    const shutdown = new AbortController();
    const attempted = at.bench.attempt(at.bench.trial(), { signal: shutdown.signal });
    await expect.poll(() => at.peer.received().length, { timeout: SOON_MS }).toBe(1);
    shutdown.abort();
    expect((await attempted).kind).toBe("uncertain");
    await expectEnded(at.bench);
    expectDiscreet(subject, at.bench, undefined);
  });
}

function describeSlowness(subject: Subject): void {
  for (const row of casesOf(subject).filter(({ fault }) => fault.kind === "slow")) {
    test(`${subject.action}: ${titleOf(row)}`, async () => {
      await Promise.all(
        ["new", "kept"].map(async (connection) => {
          await using at = await setUp(subject);
          if (connection === "kept") expect(await at.bench.attempt(at.bench.trial())).toMatchObject({ kind: "accepted" });
          await meetFault(subject, at, row, connection);
        }),
      );
    });
  }
}

async function meetFault(subject: Subject, at: Awaited<ReturnType<typeof setUp>>, row: FaultCase, connection: string): Promise<void> {
  const before = at.peer.received().length;
  // Once, so that an SDK's own retry would get through and be counted. A reset is for all: nothing was read, so trying again is fair.
  at.peer.misbehave(row.fault, row.fault.kind === "reset-before" ? undefined : 1);
  const outcome = await at.bench.attempt(at.bench.trial(), { deadlineMs: DEADLINE_MS });
  at.peer.misbehave(undefined);
  expect(row.outcomes, `${JSON.stringify(outcome)} over a ${connection} connection`).toContain(outcome.kind);
  expect(at.peer.received().length - before, `times taken in one attempt over a ${connection} connection`).toBe(row.taken);
  if (row.retryAfterMs !== undefined) expectWithin(outcome, row.retryAfterMs);
  await expectEnded(at.bench);
  expectDiscreet(subject, at.bench, outcome);
  expect(await at.bench.attempt(at.bench.trial()), "after the fault").toMatchObject({ kind: "accepted" });
  expect(at.peer.received().length - before).toBe(row.taken + 1);
}

function describeReconciling(subject: Subject): void {
  if (subject.connector.actions[subject.action]?.reconcile === undefined) return;

  test("finds what an uncertain attempt did, and does not do it again", async () => {
    await using at = await setUp(subject);
    at.peer.misbehave({ kind: "lost-response" }, 1);
    const trial = at.bench.trial();
    expect((await at.bench.attempt(trial)).kind).toBe("uncertain");
    expect(await at.bench.attempt(trial, { uncertain: true })).toMatchObject({ kind: "accepted" });
    expect(at.peer.received(), "what the far side took of a delivery that was done at first").toHaveLength(1);
  });

  test("does what an uncertain attempt did not", async () => {
    await using at = await setUp(subject);
    at.peer.misbehave({ kind: "reset-after" }, 1);
    const trial = at.bench.trial();
    expect((await at.bench.attempt(trial)).kind).toBe("uncertain");
    expect(await at.bench.attempt(trial, { uncertain: true })).toMatchObject({ kind: "accepted" });
    expect(at.peer.received(), "what the far side took of a delivery that was not done at first").toHaveLength(1);
  });
}

function expectWithin(outcome: object, [from, to]: readonly [number, number]): void {
  const { retryAfterMs = NaN } = outcome as { retryAfterMs?: number };
  expect(retryAfterMs, "retryAfterMs, which the far side told").toBeGreaterThanOrEqual(from);
  expect(retryAfterMs, "retryAfterMs, which the far side told").toBeLessThanOrEqual(to);
}

/** The connector must stop when its signal aborts: a call that goes on holds a socket and may still do what was given up. */
async function expectEnded(bench: Bench): Promise<void> {
  const hasEnded = await Promise.race([bench.ended().then(() => true), wait(SOON_MS, false, { ref: false })]);
  expect(hasEnded, "the connector goes on after its signal has aborted").toBe(true);
}

function expectDiscreet({ watched }: Subject, bench: Bench, outcome: unknown): void {
  expect(watched.seenIn(outcome), "secrets or recipients in the outcome").toEqual([]);
  expect(watched.seenIn(bench.thrown()), "secrets or recipients in what was thrown").toEqual([]);
  expect(
    bench.thrown().filter((error) => !isClassified(error)),
    "thrown, but not a ConnectorError",
  ).toEqual([]);
}
