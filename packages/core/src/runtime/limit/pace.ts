/**
 * How fast a service was found to take requests: unknown until it throttles us. Then half as fast as they were sent, and slowly faster again,
 * until it is twice as fast as it was: by then what made it throttle is over, and nothing is known any more. All moments are steady milliseconds.
 */
export interface Pace {
  /** The first moment, not before `now`, at which the next request may be sent. */
  readyAt(now: number): number;
  /** Requests that may be sent from `now` until then. */
  freeUntil(time: number, now: number): number;
  /** Milliseconds between two requests; 0: nothing is known. */
  everyMs(now: number): number;
  use(now: number): void;
  /** The service has refused a request, and takes nothing until then. */
  slow(now: number, restsUntil: number): void;
}

const SECOND = 1_000;
/** Part of the rate at which it throttled that is won back each second: half of it in 25 s. */
const GROWTH = 1 / 50;
/** A rate of fewer requests a second says nothing: other things than their pace made the service throttle. */
const FEWEST = 2;
/** If fewer are refused than this part of those of a second, its rest is enough: most were in time. */
const TELLING_PART = 1 / 20;
/** One request in 10 s: below that a service's rest says more. */
const SLOWEST = 0.1 / SECOND;
/** Lateness that is made up for: timers are seldom on time. */
const SLACK_MS = 50;

export function createPace(): Pace {
  /** Requests a millisecond at which it throttled, and when it took some again. */
  let learned: { readonly from: number; readonly at: number } | undefined;
  /** When the next request would go if all went evenly. */
  let next = 0;
  /** Requests of the second of the last one, and of the second before. */
  let sent = { second: 0, now: 0, before: 0 };
  /** Since it throttled us last. */
  let rest = { until: 0, refused: 0, isSlower: false };

  /** Requests a millisecond; Infinity: nothing is known. */
  function rate(now: number): number {
    if (learned === undefined) return Infinity;
    const { from, at } = learned;
    const grown = 0.5 + (Math.max(0, now - at) / SECOND) * GROWTH;
    return grown < 2 ? Math.max(SLOWEST, from * grown) : Infinity;
  }

  function count(now: number): void {
    const second = Math.floor(now / SECOND);
    if (second !== sent.second) sent = { second, now: 0, before: second === sent.second + 1 ? sent.now : 0 };
    sent.now += 1;
  }

  return {
    readyAt: (now) => (rate(now) === Infinity ? now : Math.max(now, next - SLACK_MS)),
    freeUntil: (time, now) => (rate(now) === Infinity ? Infinity : Math.max(0, time - Math.max(next - SLACK_MS, now)) * rate(now)),
    everyMs: (now) => 1 / rate(now),
    use(now) {
      count(now);
      next = Math.max(next, now) + 1 / rate(now);
    },
    slow(now, restsUntil) {
      if (now >= rest.until) rest = { until: 0, refused: 0, isSlower: false };
      rest.until = Math.max(rest.until, restsUntil);
      rest.refused += 1;
      const measured = Math.max(sent.now, sent.before);
      if (rest.isSlower || measured < FEWEST || rest.refused < measured * TELLING_PART) return;
      rest.isSlower = true;
      const known = rate(now);
      learned = { from: known === Infinity ? measured / SECOND : known, at: rest.until };
    },
  };
}
