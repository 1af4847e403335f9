import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import { type Desk, type Held, isSuspect, newDesk, nextAt, roomAt, take, takeUnfit } from "./desk.ts";
import type { Service, Services } from "./service.ts";

/** A delivery that may be attempted now. */
export interface Task {
  readonly held: Held;
  readonly service: Service;
  readonly desk: Desk;
}

/** All desks of a worker, one a service. */
export interface Desks {
  names(): readonly string[];
  /**
   * What all desks together have room for now. `backlogged`: also those that have more due in the journal than they took,
   * once they are half empty: a few large claims cost less than many small ones.
   */
  request(backlogged: boolean): ClaimRequest;
  /** Puts claimed deliveries on their desks. */
  put(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** After a claim: notes which desks left deliveries in the journal that are due. */
  noteBacklog(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** After a recording: the same. Returns whether any did. */
  noteLeft(recorded: readonly { readonly service: string }[], claimed: readonly ClaimedDelivery[]): boolean;
  /** The next delivery of a service that may be attempted now: it has a place at its desk until {@link Desks.finished}, and is under way until {@link Desks.ended}. */
  take(name: string): Task | undefined;
  /** Its attempt ended: its place is free. */
  finished(name: string): void;
  /** Its outcome is durable. Returns whether all desks waited for that. */
  ended(): boolean;
  /** Takes back what cannot be attempted under its claim, and what is paused. */
  unfit(isPaused: (delivery: ClaimedDelivery) => boolean): readonly ClaimedDelivery[];
  /** Nothing can be claimed or taken any more. */
  shut(): void;
  /** Takes back everything that was not begun. */
  clear(): readonly ClaimedDelivery[];
}

/** Beyond the longest deadline, so that a claim does not lapse while it waits its turn. */
const LEASE_MS = 120_000;
const CLAIM_BYTES = 8 * 1024 * 1024;

/** @param now Milliseconds that pass evenly. */
export function createDesks(services: () => Services, now: () => number): Desks {
  const desks = new Map<string, Desk>();
  const quiet = createQuiet();
  let shut = false;

  function of(service: string): Desk {
    const desk = desks.get(service) ?? newDesk();
    desks.set(service, desk);
    return desk;
  }

  return {
    names: () => [...desks.keys()],
    request(backlogged) {
      const room = new Map<string, number>();
      for (const [name, service] of services()) {
        const desk = of(name);
        const free = !shut && (backlogged || !desk.backlog) ? roomAt(desk, service, now()) : 0;
        if (free > (desk.backlog ? desk.waiting.length : 0)) room.set(name, free);
      }
      return { room, bytes: CLAIM_BYTES, leaseMs: longestDeadlineMs(services()) + LEASE_MS };
    },
    put(claimed, { leaseMs }) {
      const until = now() + leaseMs;
      for (const delivery of claimed) of(delivery.service).waiting.push({ delivery, until });
    },
    noteBacklog(claimed, { room }) {
      const taken = countByService(claimed);
      for (const [name, most] of room) of(name).backlog = (taken.get(name) ?? 0) >= most;
    },
    noteLeft(recorded, claimed) {
      const taken = countByService(claimed);
      const left = [...countByService(recorded)].filter(([name, count]) => count > (taken.get(name) ?? 0));
      for (const [name] of left) of(name).backlog = true;
      return left.length > 0;
    },
    take(name) {
      const service = shut ? undefined : services().get(name);
      const desk = of(name);
      const held = service && nextAt(desk, service, now());
      if (!quiet.lets(name, held) || service === undefined || held === undefined) return undefined;
      take(desk, held);
      return { held, service, desk };
    },
    finished: (name) => void (of(name).inFlight -= 1),
    ended: quiet.ended,
    unfit: (isPaused) =>
      [...desks].flatMap(([name, desk]) => deliveriesOf(takeUnfit(desk, services().get(name), { now: now(), isPaused }))),
    shut: () => void (shut = true),
    clear: () => [...desks.values()].flatMap((desk) => deliveriesOf(desk.waiting.splice(0))),
  };
}

/** What may end the process is under way alone, over all desks and until its outcome is durable: another's, lost with it, would count against that one. */
interface Quiet {
  /** Whether the next delivery of a desk may begin; if so, it is under way. */
  lets(name: string, next: Held | undefined): boolean;
  ended(): boolean;
}

function createQuiet(): Quiet {
  let underWay = 0;
  let alone = false;
  /** The desk whose next delivery waits until nothing is under way: meanwhile nothing else begins, or it might wait for ever. */
  let waiting: string | undefined;
  return {
    lets(name, next) {
      if (alone || (waiting ?? name) !== name) return false;
      const suspect = next !== undefined && isSuspect(next.delivery);
      waiting = suspect && underWay > 0 ? name : undefined;
      if (next === undefined || waiting !== undefined) return false;
      alone = suspect;
      underWay += 1;
      return true;
    },
    ended() {
      underWay -= 1;
      const waited = alone || (waiting !== undefined && underWay === 0);
      alone = false;
      return waited;
    },
  };
}

function longestDeadlineMs(services: Services): number {
  return Math.max(0, ...[...services.values()].map(({ deadlineMs }) => deadlineMs));
}

function deliveriesOf(held: readonly Held[]): readonly ClaimedDelivery[] {
  return held.map(({ delivery }) => delivery);
}

function countByService(deliveries: readonly { readonly service: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service } of deliveries) counts.set(service, (counts.get(service) ?? 0) + 1);
  return counts;
}
