import { action, ConnectorError, type AttemptContext, type Connector, type Found, type Receipt } from "@backstitch/core/connector";
import { openService, type Service } from "@backstitch/core/runtime";
import type { Random } from "../support/random.ts";
import { never, type Clock } from "./clock.ts";
import type { ActionName, Faults } from "./plan.ts";

/** Something that was done. */
export interface Effect {
  readonly deliveryId: string;
  readonly record: number;
  readonly then: string;
  /** Which invocation did it. */
  readonly invocation: number;
}

/** Who asks: what a killed container asks is never answered, and does nothing. */
export interface Asker {
  isDead: boolean;
  invocation: number;
}

/** The vendors: what they did, and of what nobody can be sure. */
export interface FarSide {
  readonly effects: Effect[];
  /** Deliveries of which an attempt's answer was lost. */
  readonly doubts: Set<string>;
  /** Nothing goes wrong any more. */
  isCalm: boolean;
  serviceFor(asker: Asker): Service;
}

interface Args {
  readonly record: number;
  readonly then: string;
  readonly isRefused: boolean;
}

const args = {
  type: "object",
  properties: { record: { type: "integer" }, then: { type: "string" }, isRefused: { type: "boolean" } },
  required: ["record", "then", "isRefused"],
} as const;

const LONGEST_MS = 2_000;

export function createFarSide(random: Random, faults: Faults, clock: Clock): FarSide {
  const far: FarSide = { effects: [], doubts: new Set(), isCalm: false, serviceFor: (asker) => serviceOf(asker, run, reconcile) };
  const happens = (often: number): boolean => !far.isCalm && random.below(1_000) < often;

  async function run(asker: Asker, name: ActionName, { record, then, isRefused }: Args, { deliveryId }: AttemptContext): Promise<Receipt> {
    await clock.sleep(5 + random.below(400));
    if (asker.isDead) return never();
    if (isRefused) throw new ConnectorError("rejected", "REFUSED", "The far side will not have it.");
    if (happens(faults.lockedOut)) throw new ConnectorError("locked-out", "LOCKED_OUT", "The key was revoked.");
    if (happens(faults.away)) throw new ConnectorError("unavailable", "AWAY", "Nobody is there.");
    if (happens(faults.throttled)) throw new ConnectorError("throttled", "THROTTLED", "Too fast.", random.below(4) * 2_000);
    const isLost = happens(faults.lost);
    if (!isLost || random.below(2) === 0) done({ deliveryId, record, then, invocation: asker.invocation }, name);
    if (!isLost) return { id: deliveryId };
    far.doubts.add(deliveryId);
    if (random.below(2) === 0) return never();
    throw new ConnectorError("uncertain", "LOST", "The answer was lost.");
  }

  function done(effect: Effect, name: ActionName): void {
    const isKnown = name === "post" && far.effects.some(({ deliveryId }) => deliveryId === effect.deliveryId);
    if (!isKnown) far.effects.push(effect);
  }

  async function reconcile(asker: Asker, { deliveryId }: AttemptContext): Promise<Found> {
    await clock.sleep(5 + random.below(100));
    if (asker.isDead) return never();
    if (happens(faults.away)) throw new ConnectorError("unavailable", "AWAY", "Nobody is there.");
    return far.effects.some((effect) => effect.deliveryId === deliveryId) ? "done" : "not-done";
  }

  return far;
}

type Run = (asker: Asker, name: ActionName, given: Args, attempt: AttemptContext) => Promise<Receipt>;
type LookUp = (asker: Asker, attempt: AttemptContext) => Promise<Found>;

/** A service of one container: one action of each way in which doing it twice matters. */
function serviceOf(asker: Asker, run: Run, lookUp: LookUp): Service {
  const about = { summary: "Does it.", args };
  const runAs = (name: ActionName) => (_: Asker, given: Args, context: AttemptContext) => run(asker, name, given, context);
  const reconcile = (_: Asker, __: Args, context: AttemptContext): Promise<Found> => lookUp(asker, context);
  const connector: Connector<Asker, Asker> = {
    type: "far",
    summary: "The far side.",
    config: { type: "object" },
    connect: (client) => client,
    actions: {
      send: action<Asker, typeof args>({ ...about, repeat: "repeats", run: runAs("send") }),
      find: action<Asker, typeof args>({ ...about, repeat: "repeats", run: runAs("find"), reconcile }),
      put: action<Asker, typeof args>({ ...about, repeat: "by-nature", run: runAs("put") }),
      post: action<Asker, typeof args>({ ...about, repeat: "by-key", run: runAs("post") }),
    },
  };
  const retry = { attempts: 3, firstDelayMs: 200, longestDelayMs: 1_000 };
  return openService({ name: "far", connector, config: asker, deadlineMs: LONGEST_MS, concurrency: 3, retry }, () => () => []);
}
