import type { ClaimedDelivery } from "../journal/delivery.ts";
import type { ClaimRequest } from "../journal/journal.ts";
import { type Desk, type Held, hasNothingToTry, newDesk, nextAt, type PutOff, roomAt, take, takeOverShare, takeUnfit } from "./desk.ts";
import { limitNews } from "./limit/limit-news.ts";
import type { Limiter, Ticket } from "./limit/limiter.ts";
import { NO_LIMITS } from "./limit/rate.ts";
import { turnOf } from "./limit/turns.ts";
import { endLockOut } from "./note-outcome.ts";
import { createQuiet } from "./quiet.ts";
import type { Service, Services } from "./service.ts";
import { type ServiceStanding, standingOf } from "./standing.ts";

/** A delivery that may be attempted now. */
export interface Task {
  readonly held: Held;
  readonly service: Service;
  readonly desk: Desk;
  /** What it uses of the service's limits. */
  readonly ticket: Ticket;
}

/** A service whose limiter knows too little. */
export interface Unrecalled {
  readonly service: Service;
  readonly limiter: Limiter;
  /** Deliveries that its desk has under a claim. */
  readonly mine: number;
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
  /** Its attempt ended, or none was made, or it waits for others to be sent with: its place is free. */
  finished(task: Task): void;
  /** Milliseconds until the limits of some service let go what waits at its desk; Infinity: none keeps anything. */
  nextIn(): number;
  /** Its outcome is durable, or nothing was sent. Returns whether all desks waited for that. */
  ended(task: Task): boolean;
  /** Services that take nothing until it is known what was used of their limits before. */
  unrecalled(): readonly Unrecalled[];
  /** What is new of services whose limits are used up for long. */
  limitNews(): readonly { readonly name: string; readonly news: Exclude<ReturnType<typeof limitNews>, undefined> }[];
  /**
   * Services that rested, and of which it is not known here any more how they are: they are another process's or nobody's by now,
   * or nothing is left with which that could be tried.
   */
  letGo(): readonly string[];
  /** Where these services have locked us out, one delivery goes first at once: a person may have mended why. */
  tryAgain(names: readonly string[]): void;
  /** Takes back what cannot be attempted under its claim, and what is paused. */
  unfit(isPaused: (delivery: ClaimedDelivery) => boolean): readonly ClaimedDelivery[];
  /** Takes back what keys hold beyond their share, so that others have their turn. */
  overShare(): readonly PutOff[];
  /** Whether some desk put off deliveries when it did so last: the next in the journal may be of others. */
  looksOn(): boolean;
  standings(): readonly ServiceStanding[];
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
  let shut = false;
  let looksOn = false;

  function of(service: string): Desk {
    const desk = desks.get(service) ?? newDesk();
    desks.set(service, desk);
    return desk;
  }

  const room: Room = { services: () => (shut ? new Map<string, Service>() : services()), of, now };
  return {
    names: () => [...desks.keys()],
    ...claimingFor(room),
    ...takingFrom(room),
    unrecalled() {
      const all = [...services().values()].map((service): Unrecalled => {
        const { limiter, inFlight, waiting } = of(service.name);
        return { service, limiter, mine: inFlight + waiting.length };
      });
      // Of a service that is another process's meanwhile, that one's use is not known here.
      for (const [name, { limiter }] of desks) if (!services().has(name)) limiter.follow(NO_LIMITS.rates);
      for (const { service, limiter } of all) limiter.follow(service.limits.rates);
      return all.filter(({ limiter }) => limiter.unrecalled().length > 0);
    },
    limitNews: () =>
      [...desks].flatMap(([name, desk]) => {
        const news = limitNews(desk, now());
        return news === undefined ? [] : [{ name, news }];
      }),
    letGo() {
      const isLost = (name: string, desk: Desk): boolean => !services().has(name) || hasNothingToTry(desk, now());
      const lost = [...desks].filter(([name, desk]) => desk.restsFor !== undefined && isLost(name, desk));
      // Once there is something for them here, one delivery goes first.
      for (const [, desk] of lost) desk.restsFor = undefined;
      return lost.map(([name]) => name);
    },
    tryAgain(names) {
      for (const name of names) endLockOut(of(name), now());
    },
    unfit: (isPaused) =>
      [...desks].flatMap(([name, desk]) => deliveriesOf(takeUnfit(desk, services().get(name), { now: now(), isPaused }))),
    overShare() {
      const over = [...services()].flatMap(([name, service]) => takeOverShare(of(name), service, now()));
      looksOn = over.length > 0;
      return over;
    },
    looksOn: () => looksOn,
    standings: () => [...services().values()].map((service) => standingOf(service, of(service.name), now())),
    shut: () => void (shut = true),
    clear: () => [...desks.values()].flatMap((desk) => deliveriesOf(desk.waiting.splice(0))),
  };
}

/** Where the desks stand. */
interface Room {
  /** Those that may take something: none once it is shut. */
  readonly services: () => Services;
  readonly of: (service: string) => Desk;
  readonly now: () => number;
}

function claimingFor({ services, of, now }: Room): Pick<Desks, "request" | "put" | "noteBacklog" | "noteLeft"> {
  return {
    request(backlogged) {
      const room = new Map<string, number>();
      for (const [name, service] of services()) {
        const desk = of(name);
        const free = backlogged || !desk.backlog ? roomAt(desk, service, now()) : 0;
        const least = service.limits.per === undefined ? desk.waiting.length : desk.waiting.length / 4;
        if (free > (desk.backlog ? least : 0)) room.set(name, free);
      }
      return { room, bytes: CLAIM_BYTES, leaseMs: longestDeadlineMs(services()) + LEASE_MS };
    },
    put(claimed, { leaseMs }) {
      const until = now() + leaseMs;
      for (const delivery of claimed) {
        const turn = turnOf(delivery, services().get(delivery.service)?.limits.per);
        of(delivery.service).waiting.push({ delivery, until, turn });
      }
    },
    noteBacklog(claimed, { room }) {
      const taken = countByService(claimed);
      for (const [name, most] of room) {
        const [desk, count] = [of(name), taken.get(name) ?? 0];
        desk.backlog = count >= most;
        // One that began to rest meanwhile is asked about again.
        desk.foundNothing = count === 0 && desk.restsUntil <= now();
      }
    },
    noteLeft(recorded, claimed) {
      const taken = countByService(claimed);
      const left = [...countByService(recorded)].filter(([name, count]) => count > (taken.get(name) ?? 0));
      for (const [name] of left) Object.assign(of(name), { backlog: true, foundNothing: false });
      return left.length > 0;
    },
  };
}

function takingFrom({ services, of, now }: Room): Pick<Desks, "take" | "finished" | "nextIn" | "ended"> {
  const quiet = createQuiet();
  return {
    take(name) {
      const service = services().get(name);
      const desk = of(name);
      const time = now();
      const first = service && nextAt(desk, service, time);
      const next = first === undefined || first.readyAt > time ? undefined : first;
      if (!quiet.lets(name, next?.held) || service === undefined || next === undefined) return undefined;
      return { held: next.held, service, desk, ticket: take(desk, next, time) };
    },
    finished({ desk }) {
      desk.inFlight -= 1;
    },
    ended({ desk, ticket }) {
      if (ticket.sentAt === undefined) desk.limiter.ended(ticket, undefined, now());
      return quiet.ended();
    },
    nextIn() {
      const time = now();
      const waits = [...services()].map(([name, service]) => (nextAt(of(name), service, time)?.readyAt ?? Infinity) - time);
      return Math.min(...waits.filter((ms) => ms > 0));
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
