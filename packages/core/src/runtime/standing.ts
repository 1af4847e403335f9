import type { Desk } from "./desk.ts";
import type { Rate } from "./limit/rate.ts";
import type { Service } from "./service.ts";

/** How a service stands in this process at one moment. */
export interface ServiceStanding {
  readonly service: string;
  /** Attempts under way. */
  readonly underWay: number;
  /** `open`: it could not be reached, and is left alone; `half-open`: one delivery may go, and the others if it is taken. */
  readonly breaker: "closed" | "open" | "half-open";
  /** Requests a second that it was found to take since it throttled us; undefined: nothing is known. */
  readonly pace: number | undefined;
  /** Of each of its limits, how many units are used. */
  readonly limits: readonly LimitUse[];
}

export interface LimitUse {
  readonly rate: Rate;
  readonly used: number;
}

/** @param now Steady milliseconds. */
export function standingOf({ name, limits }: Service, desk: Desk, now: number): ServiceStanding {
  desk.limiter.follow(limits.rates);
  return {
    service: name,
    underWay: desk.inFlight,
    breaker: desk.restsFor !== "unavailable" ? "closed" : desk.restsUntil > now ? "open" : "half-open",
    pace: desk.limiter.pace(now),
    limits: desk.limiter.uses(now),
  };
}
