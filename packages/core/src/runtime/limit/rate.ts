/** So many units in any stretch of time of that length. */
export interface Rate {
  /** `requests`, of which every attempt is one, or what the actions' costs name. */
  readonly unit: string;
  /** At least 1. */
  readonly count: number;
  /** Milliseconds. */
  readonly periodMs: number;
}

/** What a service's limits say, in its connector's units; see `Action.cost`. */
export interface Limits {
  /** All of them must allow an attempt. */
  readonly rates: readonly Rate[];
  /**
   * What deliveries take turns by: a path into `{ rule, then, action, lane, args }`, such as `["args", "to"]`, or into the event, such as
   * `["after", "tenant"]`: what is there the rule set gives each delivery as its `turn`. Undefined: the oldest goes first.
   */
  readonly per: readonly string[] | undefined;
}

/** What deliveries of a service without limits go by. */
export const NO_LIMITS: Limits = { rates: [], per: undefined };

/** The unit of which every attempt is one, whatever becomes of it. */
export const REQUESTS = "requests";

/** What one delivery counts as, by unit: only units that are limited. */
export type Cost = ReadonlyMap<string, number>;

export const NOTHING: Cost = new Map();
