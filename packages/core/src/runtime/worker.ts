import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest, Journal, Settlement } from "../journal/journal.ts";
import type { NewDelivery } from "../rules/new-delivery.ts";
import type { RuleSet } from "../rules/rule-set.ts";
import { type Alarm, createAlarm } from "./alarm.ts";
import { type Crew, createCrew } from "./crew.ts";
import type { PutOff } from "./desk.ts";
import { createDesks, type Desks } from "./desks.ts";
import { afterLapses } from "./lapses.ts";
import { recall } from "./limit/recall.ts";
import type { Observer } from "./observer.ts";
import { type Patience, unlessFull } from "./patience.ts";
import { createPauses, type Pauses } from "./pauses.ts";
import { createPerform, type Performing } from "./perform.ts";
import { createShares, type Shares } from "./shares.ts";
import type { Services } from "./service.ts";

/** Attempts deliveries in lanes: claims, starts, attempts and settles them until it is told to stop. */
export interface Worker {
  /** How much it would take now: what `record` may claim for it. */
  request(): ClaimRequest;
  /** Takes what was claimed by that request, of what was recorded. */
  offer(claimed: readonly ClaimedDelivery[], request: ClaimRequest, recorded: readonly NewDelivery[]): Promise<void>;
  /** Works until the signal aborts, then finishes what is under way and gives back the rest. @throws where the journal fails. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WorkerOptions {
  readonly journal: Journal;
  readonly rules: () => RuleSet;
  readonly services: () => Services;
  readonly observer: Observer;
  readonly patience: Patience;
  /** Aborts when the journal failed another: what is under way is cut short, since its outcome cannot be kept. */
  readonly unusable: AbortSignal;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /**
   * Milliseconds that pass evenly, whatever the clock is set to: claims and a service's rest keep their length.
   * @default performance.now, or the clock where one is given
   */
  readonly steady?: (() => number) | undefined;
  /** From 0 to 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** How long attempts under way may go on after the signal. Milliseconds. @default 20_000 */
  readonly drainMs?: number | undefined;
  /** How often the journal is asked for what has become due. Milliseconds. @default 200 */
  readonly pollMs?: number | undefined;
}

/** How soon more is claimed where what was claimed was put off for others, who may come next. */
const LOOK_ON_MS = 5;

export function createWorker(options: WorkerOptions): Worker {
  const { journal, services, observer, patience, now = Date.now, random = Math.random, drainMs = 20_000, pollMs = 200 } = options;
  const steady = options.steady ?? options.now ?? (() => performance.now());
  const alarm = createAlarm();
  const abandon = new AbortController();
  const around = surroundingsOf(options, steady);
  const { desks, pauses } = around;
  const { perform, sift, isBehind, hurry } = createPerform({ ...options, now, steady, random, abandon: abandon.signal });
  const crew = createCrew({ desks, perform, mayBegin: () => !isBehind(), onFinished: alarm.ring, onFailed: fail });
  const lapses = { journal, services, observer, now, random };
  const claiming = { journal, patience, lapses, desks, crew, pauses, alarm, sift, isBehind, now, steady };
  const failures: unknown[] = [];
  observer.working?.(desks.standings);
  let draining = false;

  function stop(): void {
    desks.shut();
    hurry();
    alarm.ring();
  }

  /** What the journal did not keep once, it is not asked to keep again: nothing more may be sent. */
  function fail(error: unknown): void {
    failures.push(error);
    abandon.abort();
    stop();
  }

  return {
    request: () => desks.request(false),
    async offer(claimed, request, recorded) {
      const due = await afterLapses(claimed, lapses);
      if (draining) return giveBack(due, journal);
      crew.accept(due, request);
      if (desks.noteLeft(recorded, claimed)) alarm.ring();
    },
    async run(signal) {
      onceAborted(signal, stop);
      onceAborted(options.unusable, () => abandon.abort());
      while (!signal.aborted && failures.length === 0) {
        await claimDue(claiming, signal).catch(unlessFull).catch(fail);
        crew.resume();
        await lookAround(around, now() - steady())
          .catch(unlessFull)
          .catch(fail);
        await alarm.sleep(Math.min(desks.looksOn() ? LOOK_ON_MS : pollMs, Math.ceil(desks.nextIn())));
      }
      draining = true;
      await drain({ desks, crew, journal, abandon, drainMs }).catch(fail);
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Which services were put in force since it was last asked: a reload opens all of them anew. */
function createPutInForce(services: () => Services): () => readonly string[] {
  let known = services();
  return () => {
    const now = services();
    const anew = now === known ? [] : [...now.keys()].filter((name) => now.get(name) !== known.get(name));
    known = now;
    return anew;
  };
}

function onceAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener("abort", then, { once: true });
}

interface Claiming extends Pick<WorkerOptions, "journal" | "patience"> {
  readonly now: () => number;
  readonly steady: () => number;
  /** What it takes to tell of claims that ended with their process, and to put them off. */
  readonly lapses: Parameters<typeof afterLapses>[1];
  readonly desks: Desks;
  readonly crew: Crew;
  readonly pauses: Pauses;
  readonly alarm: Alarm;
  readonly sift: Performing["sift"];
  readonly isBehind: () => boolean;
}

async function claimDue(claiming: Claiming, signal: AbortSignal): Promise<void> {
  const { journal, patience, lapses, desks, crew, pauses, alarm, sift, isBehind, now, steady } = claiming;
  await giveBack(desks.unfit(pauses.isPaused), journal);
  const putOff = desks.overShare();
  if (putOff.length > 0) await settlePutOff(putOff, journal, now() - steady());
  for (const { service, limiter, mine } of desks.unrecalled()) await recall(service, limiter, { journal, now, steady, mine });
  const request = desks.request(true);
  if (request.room.size === 0) return;
  // Claims that lapsed while their outcomes wait for room must not be made anew: they would be attempted twice.
  const claim = async (): Promise<readonly ClaimedDelivery[] | undefined> => (isBehind() ? undefined : journal.claim(request));
  const claimed = await patience.whenThereIsRoom(claim, signal);
  if (claimed === undefined) return;
  desks.noteBacklog(claimed, request);
  const fit = await sift(await afterLapses(claimed, lapses), signal);
  crew.accept(fit, request);
  // Its place is free again, and nobody who ends tells so.
  if (fit.length < claimed.length) alarm.ring();
}

interface Draining extends Pick<WorkerOptions, "journal"> {
  readonly desks: Desks;
  readonly crew: Crew;
  readonly abandon: AbortController;
  readonly drainMs: number;
}

/** Gives back what was not begun, and waits for what is under way. */
async function drain({ desks, crew, journal, abandon, drainMs }: Draining): Promise<void> {
  const timer = setTimeout(() => abandon.abort(), drainMs);
  try {
    await giveBack(desks.clear(), journal);
  } finally {
    await crew.idle();
    clearTimeout(timer);
  }
}

interface Surroundings {
  readonly desks: Desks;
  readonly shares: Shares;
  readonly pauses: Pauses;
  /** Services that a reload put in force since it was last asked. */
  readonly putInForce: ReturnType<typeof createPutInForce>;
  readonly observer: Observer;
}

function surroundingsOf({ journal, services, observer }: WorkerOptions, steady: () => number): Surroundings {
  const shares = createShares(journal, services, steady);
  const desks = createDesks(shares.services, steady);
  return { desks, shares, pauses: createPauses(journal, observer, steady), putInForce: createPutInForce(services), observer };
}

/**
 * Tells whose limits are used up and whose rests are over, and finds out what is paused and who else works on the journal.
 * @param ahead By how much the clock is ahead of the steady time. Milliseconds.
 */
async function lookAround({ desks, shares, pauses, putInForce, observer }: Surroundings, ahead: number): Promise<void> {
  desks.tryAgain(putInForce());
  for (const { name, news } of desks.limitNews()) {
    if (news === "over") observer.serviceResumed?.(name);
    else observer.serviceRests?.(name, news.failure, news.until + ahead);
  }
  for (const name of desks.letGo()) observer.serviceResumed?.(name);
  const [goOn] = await Promise.all([pauses.look(), shares.look()]);
  desks.tryAgain(goOn);
}

/** It was not attempted, and waits its turn. */
async function settlePutOff(all: readonly PutOff[], journal: Journal, ahead: number): Promise<void> {
  const settlements = all.map(({ delivery: { claim, attempts, uncertain, expiresAt = Infinity }, again }): Settlement => {
    const next = { state: uncertain ? "uncertain" : "waiting", dueAt: Math.round(Math.min(again + ahead, expiresAt)) } as const;
    return { claim, attempts, next };
  });
  await journal.settle(settlements).catch(unlessFull);
}

/** What was claimed and not begun is pending again at once, unspent. Where the disk is full, its claim lapses. */
async function giveBack(held: readonly ClaimedDelivery[], journal: Journal): Promise<void> {
  const back = held.map(({ claim, attempts }) => ({ claim, attempts, next: { state: "pending" } as const }));
  if (back.length > 0) await journal.settle(back).catch(unlessFull);
}
