import { REPORTED, type ReportedStanding } from "../../connector/index.ts";
import type { ClaimToken, Decision, DeliveryState, NextState } from "../../journal/index.ts";
import { deliveryId, type FailedMatch, type NewDelivery } from "../../rules/index.ts";
import { mayMove, TRANSITIONS } from "../../journal/transitions.ts";

/** A delivery as plain as can be: what every journal must show of it. */
export interface Modelled {
  readonly id: string;
  readonly recordedAt: number;
  asked: NewDelivery | FailedMatch;
  lane: string;
  state: DeliveryState;
  dueAt: number | undefined;
  attempts: number;
  claims: number;
  uncertain: boolean;
  token: ClaimToken | undefined;
  redriven: boolean;
  expiresAt: number | undefined;
  hasArguments: boolean;
  purged: boolean;
  eventKept: boolean;
  settledAt: number | undefined;
  reported: ReportedStanding | undefined;
  /** Codes, oldest first. */
  readonly outcomes: string[];
}

/** The state machine beside which a journal is run. It knows no tables and no indexes, and looks at everything each time. */
export interface Model {
  now: number;
  /** In the order of recording. */
  deliveries: Modelled[];
  /** Deliveries that are not settled, the one that may go first; by lane. */
  readonly lanes: Map<string, Modelled[]>;
  /** Rules and services, such as `rule low-stock`. */
  readonly paused: Set<string>;
  /** Claims that a worker remembers, stale ones too; newest first. */
  claims: readonly { readonly token: ClaimToken; readonly attempts: number }[];
}

const DAY_MS = 86_400_000;

export function emptyModel(now: number): Model {
  return { now, deliveries: [], lanes: new Map(), paused: new Set(), claims: [] };
}

function isUnderClaim({ state }: Modelled): boolean {
  return state === "claimed" || state === "started";
}

export function isBlocked({ lanes }: Model, one: Modelled): boolean {
  const lane = lanes.get(laneOf(one)) ?? [];
  return lane.includes(one) && lane[0] !== one;
}

function isPaused({ paused }: Model, { asked: { rule, service } }: Modelled): boolean {
  return paused.has(`rule ${rule}`) || paused.has(`service ${service}`);
}

function laneOf({ lane, redriven }: Modelled): string {
  return `${lane} ${redriven}`;
}

function leave({ lanes }: Model, one: Modelled): void {
  lanes.set(
    laneOf(one),
    (lanes.get(laneOf(one)) ?? []).filter((other) => other !== one),
  );
}

function join({ lanes, deliveries }: Model, one: Modelled): void {
  const [first, ...rest] = lanes.get(laneOf(one)) ?? [];
  const behind = deliveries.filter((other) => other === one || rest.includes(other));
  lanes.set(laneOf(one), first === undefined ? [one] : [first, ...behind]);
}

function end(model: Model, one: Modelled, state: DeliveryState): void {
  Object.assign(one, { state, dueAt: undefined, settledAt: model.now });
  leave(model, one);
}

/** Returns what was claimed at once. */
export function record(
  model: Model,
  asked: readonly (NewDelivery | FailedMatch)[],
  room: Readonly<Record<string, number>>,
): readonly Modelled[] {
  const claimed: Modelled[] = [];
  for (const one of asked) {
    const id = deliveryId(one.key);
    if (model.deliveries.some((other) => other.id === id)) continue;
    const added = recorded(model, id, one);
    model.deliveries.push(added);
    if ("code" in one) {
      added.outcomes.push(one.code);
      end(model, added, "rejected");
      continue;
    }
    join(model, added);
    const taken = claimed.filter((other) => other.asked.service === one.service).length;
    if (!isBlocked(model, added) && !isPaused(model, added) && taken < (room[one.service] ?? 0)) claimed.push(added);
  }
  return claimed;
}

function recorded({ now }: Model, id: string, asked: NewDelivery | FailedMatch): Modelled {
  const isFailure = "code" in asked;
  const lane = isFailure ? "" : asked.lane;
  const expiresAt = isFailure ? undefined : asked.expiresAt;
  const marks = { redriven: false, hasArguments: !isFailure, purged: false, eventKept: true, settledAt: undefined, reported: undefined };
  const counts = { attempts: 0, claims: 0, uncertain: false, token: undefined, outcomes: [] };
  return { id, asked, lane, recordedAt: now, state: "pending", dueAt: now, expiresAt, ...marks, ...counts };
}

/** What is due and first in its lane, oldest first. */
export function ready(model: Model, service: string): readonly Modelled[] {
  const due = model.deliveries.filter(
    (one) =>
      mayMove("claim", one.state) &&
      one.asked.service === service &&
      (one.dueAt ?? Infinity) <= model.now &&
      !isBlocked(model, one) &&
      !isPaused(model, one),
  );
  return due.toSorted((left, right) => (left.dueAt ?? 0) - (right.dueAt ?? 0));
}

export function claim(model: Model, one: Modelled, token: ClaimToken, leaseMs: number): void {
  Object.assign(one, { state: "claimed", dueAt: model.now + leaseMs, claims: one.claims + 1, token });
  model.claims = [{ token, attempts: one.attempts }, ...model.claims].slice(0, 12);
}

/** Ends claims unsettled: all of them after a crash, else those whose lease is over. */
export function lapse(model: Model, code: "CRASHED" | "CLAIM_LAPSED"): void {
  for (const one of model.deliveries) {
    if (!isUnderClaim(one) || (code === "CLAIM_LAPSED" && (one.dueAt ?? 0) > model.now)) continue;
    if (one.state === "claimed") Object.assign(one, { state: "pending", dueAt: one.recordedAt });
    else {
      Object.assign(one, { state: "uncertain", dueAt: model.now, attempts: one.attempts + 1, uncertain: true });
      one.outcomes.push(code);
    }
  }
}

/** The delivery of which this is the running claim. */
export function claimedBy(model: Model, token: ClaimToken): Modelled | undefined {
  return model.deliveries.find((one) => isUnderClaim(one) && one.token?.id === token.id && one.token.number === token.number);
}

export function start(model: Model, token: ClaimToken): boolean {
  const one = claimedBy(model, token);
  if (one === undefined || (one.state === "claimed" && (one.dueAt ?? 0) <= model.now)) return false;
  one.state = "started";
  return true;
}

/** @param code Of the outcome; undefined: given back without one */
export function settle(model: Model, one: Modelled, next: NextState, code: string | undefined): void {
  if (code !== undefined) {
    one.outcomes.push(code);
    one.attempts += 1;
  }
  one.claims = code === undefined ? one.claims - 1 : 0;
  one.uncertain ||= next.state === "uncertain" || next.state === "held";
  if (next.state === "pending") Object.assign(one, { state: "pending", dueAt: one.recordedAt });
  else if (next.state === "held") Object.assign(one, { state: "held", dueAt: undefined });
  else if ("dueAt" in next) Object.assign(one, next);
  else end(model, one, next.state);
}

export function redrive(model: Model, one: Modelled, rendered: NewDelivery | undefined): boolean {
  if (!mayMove("redrive", one.state) || (!one.hasArguments && rendered === undefined)) return false;
  leave(model, one);
  if (!one.hasArguments && rendered !== undefined) {
    one.lane ||= rendered.lane;
    one.asked = { ...rendered, eventId: one.asked.eventId };
  }
  const isHeldByHand = one.outcomes.at(-1) === "HELD_BY_HAND";
  one.outcomes.push("RETRIED_BY_HAND");
  const uncertain = one.uncertain && (one.state !== "held" || isHeldByHand);
  const marks = { redriven: true, hasArguments: true, purged: false, expiresAt: undefined, settledAt: undefined, reported: undefined };
  Object.assign(one, { ...marks, state: "pending", dueAt: model.now, attempts: 0, claims: 0, uncertain });
  join(model, one);
  return true;
}

/** Returns whether it says more than was known. */
export function learn(model: Model, one: Modelled, standing: ReportedStanding): boolean {
  const isMore = one.reported === undefined || REPORTED.indexOf(standing) > REPORTED.indexOf(one.reported);
  if (isMore) one.reported = standing;
  if (mayAccept(one)) accept(model);
  return isMore;
}

function mayAccept({ reported, redriven, state }: Modelled): boolean {
  return reported !== undefined && !redriven && mayMove("report", state);
}

/** What far sides told of was taken. */
export function accept(model: Model): void {
  for (const one of model.deliveries.filter(mayAccept)) {
    one.outcomes.push("accepted");
    end(model, one, "accepted");
  }
}

const CODES = { drop: "DROPPED", hold: "HELD", release: "RELEASED", forget: "FORGOTTEN" } as const;

export function decide(model: Model, one: Modelled, decision: Decision): boolean {
  if (!mayMove(decision, one.state) || (decision === "forget" && one.purged)) return false;
  const isHeldByHand = one.outcomes.at(-1) === "HELD_BY_HAND";
  one.outcomes.push(`${CODES[decision]}_BY_HAND`);
  if (decision === "drop") end(model, one, "dropped");
  else if (decision === "hold") Object.assign(one, { state: "held", dueAt: undefined });
  else if (decision === "forget") forget(one);
  else {
    const isAnswered = "ifUncertain" in one.asked && one.asked.ifUncertain === "hold" && !isHeldByHand;
    const uncertain = one.uncertain && !isAnswered;
    Object.assign(one, { state: "pending", dueAt: one.recordedAt, attempts: 0, claims: 0, uncertain });
  }
  return true;
}

function forget(one: Modelled): void {
  Object.assign(one, { hasArguments: false, purged: true, eventKept: false });
}

/** Returns how many were touched. */
export function purge(model: Model): number {
  const old = model.deliveries.filter(
    ({ settledAt, purged }) => settledAt !== undefined && model.now - settledAt >= (purged ? 30 : 7) * DAY_MS,
  );
  const gone = new Set(old.filter(({ purged }) => purged));
  for (const one of old) forget(one);
  model.deliveries = model.deliveries.filter((one) => !gone.has(one));
  return old.length;
}

/** Whether these moves, one after another as often as they will, lead from one state to the other. */
export function canReach(moves: readonly string[], from: DeliveryState, to: DeliveryState): boolean {
  const reached = new Set([from]);
  for (const state of reached) {
    for (const row of TRANSITIONS) if (moves.includes(row.move) && row.from.includes(state)) row.to.forEach((next) => reached.add(next));
  }
  return reached.has(to);
}
