import type { ChangeEvent } from "../source/event.ts";
import type { RuleLimits } from "./limits.ts";
import type { FailedMatch, NewDelivery } from "./new-delivery.ts";
import type { Row } from "../values/value.ts";

/** What core needs of rules: which deliveries a batch of events asks for. A condition or template that fails is a result, never a throw. */
export interface RuleSet {
  /** SHA-256 of the rule files' content, hexadecimal: says afterwards which rules decided. */
  readonly hash: string;
  match(events: readonly ChangeEvent[]): Matched | Promise<Matched>;
  /** What holds now for deliveries that a `then` entry asked for, whenever that was; undefined: there is no such rule or entry any more. */
  entry(rule: string, then: string): EntryInForce | undefined;
}

/** What of a `then` entry holds for each attempt as it is written then, and not as it was when the delivery was recorded. */
export interface EntryInForce {
  /** Undefined: it has none. */
  readonly limits: RuleLimits | undefined;
}

/** What became of a batch of events: everything refers to its event by id. */
export interface Matched {
  readonly deliveries: readonly NewDelivery[];
  /** Conditions and templates that failed: stored as rejected deliveries. */
  readonly failures: readonly FailedMatch[];
  /** Rules and entries of theirs that could not be decided because the source did not send what they read. */
  readonly undecided: readonly Undecided[];
  /** W3C `traceparent` of an event's span, by the event's id; absent: nothing is traced. */
  readonly traces?: ReadonlyMap<string, string>;
}

export interface Undecided {
  readonly eventId: string;
  readonly rule: string;
  /** The `then` entry whose own `when` could not be decided; absent: the rule's. */
  readonly then?: string;
  /** The paths that were not sent: `["before.quantity"]`. */
  readonly paths: readonly string[];
}

/** A condition over an action's arguments that permits it. A service without guards permits rules everything, and users nothing. */
export interface Guard {
  /** @param user Who asks. @default a rule does */
  permits(action: string, args: Row, user?: Row): { readonly by: string } | { readonly deniedBecause: string };
}
