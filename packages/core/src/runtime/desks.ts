import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import { type Desk, finish, type Held, newDesk, roomAt, takeNext, takeUnfit } from "./desk.ts";
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
  /** The next delivery of a service that may be attempted now, counted as under way until {@link Desks.finished}. */
  take(name: string): Task | undefined;
  finished(name: string): void;
  /** Takes back what cannot be attempted under its claim. */
  unfit(): readonly ClaimedDelivery[];
  /** Nothing can be claimed or taken any more. */
  shut(): void;
  /** Takes back everything that was not begun. */
  clear(): readonly ClaimedDelivery[];
}

/** Beyond the longest deadline, so that a claim does not lapse while it waits its turn. */
const LEASE_MS = 120_000;
const CLAIM_BYTES = 8 * 1024 * 1024;

export function createDesks(services: () => Services, now: () => number): Desks {
  const desks = new Map<string, Desk>();
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
      if (service === undefined) return undefined;
      const desk = of(name);
      const held = takeNext(desk, service, now());
      return held === undefined ? undefined : { held, service, desk };
    },
    finished: (name) => finish(of(name)),
    unfit: () => [...desks].flatMap(([name, desk]) => deliveriesOf(takeUnfit(desk, services().get(name), now()))),
    shut: () => void (shut = true),
    clear: () => [...desks.values()].flatMap((desk) => deliveriesOf(desk.waiting.splice(0))),
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
