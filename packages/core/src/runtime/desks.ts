import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import { type Desk, newDesk, roomAt, takeNext } from "./desk.ts";
import type { Service, Services } from "./service.ts";

/** All desks of a worker, one a service. */
export interface Desks {
  names(): readonly string[];
  /** What all desks together have room for now. `backlogged`: also those that have more due in the journal than they took. */
  request(backlogged: boolean): ClaimRequest;
  /** Puts claimed deliveries on their desks. */
  put(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  /** Notes which desks left deliveries in the journal that are due. */
  noteBacklog(claimed: readonly ClaimedDelivery[], request: ClaimRequest): void;
  allBacklogged(): void;
  /** The next delivery of a service that may be attempted now, counted as under way until {@link Desks.finished}. */
  take(name: string): { readonly delivery: ClaimedDelivery; readonly service: Service; readonly desk: Desk } | undefined;
  finished(name: string): void;
  /** Takes back everything that was not begun; nothing can be taken after. */
  close(): readonly ClaimedDelivery[];
}

/** Beyond the longest deadline, so that a claim does not lapse while it waits its turn. */
const LEASE_MS = 120_000;
const CLAIM_BYTES = 8 * 1024 * 1024;

export function createDesks(services: () => Services, now: () => number): Desks {
  const desks = new Map<string, Desk>();
  let closed = false;

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
        const free = backlogged || !desk.backlog ? roomAt(desk, service, now()) : 0;
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
      const taken = Map.groupBy(claimed, ({ service }) => service);
      for (const [name, most] of room) of(name).backlog = (taken.get(name)?.length ?? 0) >= most;
    },
    allBacklogged() {
      for (const desk of desks.values()) desk.backlog = true;
    },
    take(name) {
      const service = services().get(name);
      const desk = of(name);
      const delivery = service === undefined || closed ? undefined : takeNext(desk, service, now());
      if (service === undefined || delivery === undefined) return undefined;
      desk.inFlight += 1;
      return { delivery, service, desk };
    },
    finished(name) {
      of(name).inFlight -= 1;
    },
    close() {
      closed = true;
      return [...desks.values()].flatMap((desk) => desk.waiting.splice(0).map(({ delivery }) => delivery));
    },
  };
}
