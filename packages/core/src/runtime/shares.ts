import type { Journal, Seat } from "../journal/journal.ts";
import type { Rate } from "./limit/rate.ts";
import type { Service, Services } from "./service.ts";

/** What this process may use of the limits of services, where several work on one journal: all of them together use no more than the limits say. */
export interface Shares {
  /** Asks the journal who works on it, at most once a second. */
  look(): Promise<void>;
  /** The services with this process's share of their limits, without those of which it has none. The same map as long as nothing changes. */
  services(): Services;
}

const LOOK_EVERY_MS = 1_000;
/** By then all others have seen what this one sees, or have stopped since they see nothing. */
const SEEN_BY_ALL_MS = 5_000;
/** Limits of longer periods are counted from the journal by whoever takes them over, and are not divided. */
const COUNTED_FROM_MS = 60_000;
/** A smaller share could be less than one delivery costs. */
const SMALLEST_SHARE = 100;

/** @param steady Milliseconds that pass evenly. */
export function createShares(journal: Journal, services: () => Services, steady: () => number): Shares {
  let seats: readonly Seen[] = [];
  let isAlone = false;
  let cameAt = Infinity;
  let lookedAt = -Infinity;
  let last: { readonly all: Services; readonly at: number; readonly rates: string; readonly shared: Services } | undefined;

  function shareOf(service: Service, now: number): readonly Rate[] {
    const { rates } = service.limits;
    if (rates.length === 0) return rates;
    const usedForMs = Math.max(0, ...rates.map(({ periodMs }) => (periodMs < COUNTED_FROM_MS ? periodMs : 0)));
    const holdMs = SEEN_BY_ALL_MS + usedForMs;
    const isCurrent = now - lookedAt <= SEEN_BY_ALL_MS && now - cameAt >= SEEN_BY_ALL_MS;
    return isCurrent ? least(rates, seatsSince(seats, now - holdMs), service.name) : [];
  }

  return {
    async look() {
      const now = steady();
      if (isAlone || now - lookedAt < LOOK_EVERY_MS) return;
      const seat = await journal.seat();
      isAlone = seat === undefined;
      if (seat === undefined) return;
      if (now - lookedAt > SEEN_BY_ALL_MS) {
        // Who heard nothing for so long comes anew: the others may have taken over what it had.
        const others = seat.of > 1 || seats.length > 0;
        seats = others ? [{ seat: undefined, at: -Infinity }] : [];
        cameAt = now;
      }
      const before = seats.at(-1)?.seat;
      if (before?.index !== seat.index || before.of !== seat.of) seats = [...seats, { seat, at: now }];
      seats = seatsSince(seats, now - SEEN_BY_ALL_MS - COUNTED_FROM_MS);
      lookedAt = now;
    },
    services() {
      const all = services();
      if (isAlone) return all;
      const now = steady();
      if (last?.all === all && now >= last.at && now - last.at < LOOK_EVERY_MS / 10) return last.shared;
      const shares = new Map([...all.values()].map((service) => [service.name, shareOf(service, now)]));
      const rates = JSON.stringify([...shares.values()]);
      last = { all, at: now, rates, shared: last?.all === all && last.rates === rates ? last.shared : shared(all, shares) };
      return last.shared;
    },
  };
}

interface Seen {
  /** Undefined: none yet, while others had theirs. */
  readonly seat: Seat | undefined;
  /** Since when. */
  readonly at: number;
}

/** All that it had since then, the one that it had at that moment included. */
function seatsSince(seats: readonly Seen[], since: number): readonly Seen[] {
  return seats.filter((_, index) => (seats[index + 1]?.at ?? Infinity) > since);
}

/** What is less than before holds at once, what is more when nobody can be using it any more. Nothing where a part of it is. */
function least(rates: readonly Rate[], seats: readonly Seen[], service: string): readonly Rate[] {
  const shareOf = (rate: Rate, { seat }: Seen): number => (seat === undefined ? 0 : shareAt(rate, { seat, rates, service }));
  const shares = rates.map((rate) => ({ ...rate, count: Math.min(...seats.map((seen) => shareOf(rate, seen))) }));
  return shares.some(({ count }) => count === 0) ? [] : shares;
}

interface At {
  readonly seat: Seat;
  readonly rates: readonly Rate[];
  readonly service: string;
}

/** Small limits go to one process whole, those of different services to different ones. */
function shareAt({ count }: Rate, { seat: { index, of }, rates, service }: At): number {
  const parts = Math.min(
    of,
    ...rates.map((rate) => (rate.periodMs < COUNTED_FROM_MS ? Math.max(1, Math.floor(rate.count / SMALLEST_SHARE)) : 1)),
  );
  const place = (index + sumOf(service)) % of;
  return place >= parts ? 0 : Math.floor(count / parts) + (place < count % parts ? 1 : 0);
}

function sumOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return sum;
}

function shared(all: Services, shares: ReadonlyMap<string, readonly Rate[]>): Services {
  const mine = new Map<string, Service>();
  for (const [name, service] of all) {
    const rates = shares.get(name) ?? [];
    if (rates === service.limits.rates) mine.set(name, service);
    else if (rates.length > 0) mine.set(name, { ...service, limits: { ...service.limits, rates } });
  }
  return mine;
}
