import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import { type Desk, type Held, newDesk, roomAt, takeNext, takeUnfit } from "./desk.ts";
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
  /** What all desks together have room for now. `backlogged`: also those that have more due in the journal than they took. */
  request(backlogged: boolean): ClaimRequest;
  /** Puts claimed deliveries on their desks. */
  put(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** After a claim: notes which desks left deliveries in the journal that are due. */
  noteBacklog(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** After a recording: the same. Returns whether any did. */
  noteLeft(services: Iterable<string>, claimed: readonly ClaimedDelivery[]): boolean;
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
    let desk = desks.get(service);
    if (desk === undefined) desks.set(service, (desk = newDesk()));
    return desk;
  }

  return {
    names: () => [...desks.keys()],
    request(backlogged) {
      const room = new Map<string, number>();
      let longest = 0;
      for (const service of services().values()) {
        const desk = of(service.name);
        const free = !shut && (backlogged || !desk.backlog) ? roomAt(desk, service, now()) : 0;
        if (free > 0) room.set(service.name, free);
        longest = Math.max(longest, service.deadlineMs);
      }
      return { room, bytes: CLAIM_BYTES, leaseMs: longest + LEASE_MS };
    },
    put(claimed, { leaseMs }) {
      const until = now() + leaseMs;
      for (const delivery of claimed) of(delivery.service).waiting.push({ delivery, until });
    },
    noteBacklog(claimed, { room }) {
      const taken = countByService(claimed.map(({ service }) => service));
      for (const [name, most] of room) of(name).backlog = (taken.get(name) ?? 0) >= most;
    },
    noteLeft(asked, claimed) {
      const taken = countByService(claimed.map(({ service }) => service));
      const left = [...countByService(asked)].filter(([name, count]) => count > (taken.get(name) ?? 0));
      for (const [name] of left) of(name).backlog = true;
      return left.length > 0;
    },
    take(name) {
      const service = services().get(name);
      const desk = of(name);
      const held = service === undefined || shut ? undefined : takeNext(desk, service, now());
      if (service === undefined || held === undefined) return undefined;
      desk.inFlight += 1;
      return { held, service, desk };
    },
    finished(name) {
      of(name).inFlight -= 1;
    },
    unfit: () => [...desks].flatMap(([name, desk]) => takeUnfit(desk, services().get(name), now()).map(({ delivery }) => delivery)),
    shut: () => void (shut = true),
    clear: () => [...desks.values()].flatMap((desk) => desk.waiting.splice(0).map(({ delivery }) => delivery)),
  };
}

function countByService(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
