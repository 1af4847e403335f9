/**
 * How fast a service was found to take requests: unknown until it throttles us. Then half as fast as they were sent, and slowly faster again,
 * until it is twice as fast as it was: by then what made it throttle is over, and nothing is known any more.
 */
export interface Pace {
  /** The first moment, not before `now`, at which the next request may be sent. */
  readyAt(now: number): number;
  /** Requests that may be sent until then. */
  freeUntil(time: number, now: number): number;
  use(now: number): void;
  /** The service throttled what was sent at that moment, and takes nothing until `restsUntil`. */
  slow(sentAt: number, restsUntil: number): void;
}

const SECOND = 1_000;
/** Part of the rate at which it throttled that is won back each second: half of it in 25 s. */
const GROWTH = 1 / 50;
/** One request in 10 s: below that a service's rest says more. */
const SLOWEST = 1 / 10 / SECOND;
/** Lateness that is made up for: timers are seldom on time. */
const SLACK_MS = 50;

interface Learned {
  /** Requests a millisecond at which it throttled. */
  readonly from: number;
  readonly at: number;
}

export function createPace(): Pace {
  let learned: Learned | undefined;
  /** When the next request would go if all went evenly. */
  let next = 0;
  /** Requests of this second and of the one before. */
  let counted = { second: 0, now: 0, before: 0 };

  function rate(now: number): number {
    if (learned === undefined) return Infinity;
    const { from, at } = learned;
    const grown = from * (0.5 + (Math.max(0, now - at) / SECOND) * GROWTH);
    if (grown >= 2 * from) learned = undefined;
    return learned === undefined ? Infinity : Math.max(SLOWEST, grown);
  }

  function count(now: number): void {
    const second = Math.floor(now / SECOND);
    if (second !== counted.second) counted = { second, now: 0, before: second === counted.second + 1 ? counted.now : 0 };
    counted.now += 1;
  }

  return {
    readyAt: (now) => (rate(now) === Infinity ? now : Math.max(now, next - SLACK_MS)),
    freeUntil: (time, now) => (rate(now) === Infinity ? Infinity : Math.max(0, (time - Math.max(next - SLACK_MS, now)) * rate(now))),
    use(now) {
      count(now);
      const current = rate(now);
      if (current !== Infinity) next = Math.max(next, now) + 1 / current;
    },
    slow(sentAt, restsUntil) {
      // Many are refused at once: what was sent before it slowed down says nothing of the new pace.
      if (learned !== undefined && sentAt < learned.at) return;
      const known = rate(sentAt);
      const from = known === Infinity ? Math.max(counted.now, counted.before) / SECOND : known;
      learned = { from: Math.max(SLOWEST, from), at: restsUntil };
    },
  };
}
