import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import type { ChangeEvent, Operation } from "@backstitch/core/source";
import type { Value } from "@backstitch/core/values";
import type { Argument } from "../arguments/argument.ts";
import type { CompiledCondition } from "../condition/compiled-condition.ts";
import type { Facts } from "../facts/facts.ts";
import type { Order } from "./order-by.ts";
import type { Turn } from "./turn.ts";

/** What others need to know of a rule: how it is set up, not how it decides. */
export interface RuleSummary {
  /** Its path under `rules/` without `.json`. */
  readonly name: string;
  readonly description: string | undefined;
  readonly enabled: boolean;
  readonly source: string;
  readonly collections: readonly string[];
  readonly operations: readonly Operation[];
  readonly origins: readonly ChangeEvent["origin"][];
  readonly actions: readonly Pick<CompiledThen, "name" | "service" | "action" | "ifUncertain">[];
  /** Whether a test or an argument reads `before`, or how a field changed: the source must then send the row as it was. */
  readonly readsBefore: boolean;
  /** Whether it or an entry of it has limits that are asked of a journal. */
  readonly limited: boolean;
  /** Every path that a test or an argument reads, or that a service takes turns by, sorted: `after.quantity`. */
  readonly reads: readonly string[];
}

/** A rule that is ready to decide. */
export interface CompiledRule {
  readonly summary: RuleSummary;
  readonly condition: CompiledCondition;
  readonly then: readonly CompiledThen[];
}

/** A `then` entry that is ready to render. */
export interface CompiledThen {
  /** Name of the rule that it stands in. */
  readonly rule: string;
  readonly name: string;
  readonly service: string;
  readonly action: string;
  readonly ifUncertain: IfUncertain;
  readonly retry: RetryPolicy | undefined;
  /** How long after the event was committed its deliveries may be attempted. Milliseconds; undefined: for ever. */
  readonly expiresMs: number | undefined;
  readonly order: Order;
  /** Undefined: it has none. */
  readonly limits: RuleLimits | undefined;
  /** Undefined: whenever the rule matches. */
  readonly when: CompiledCondition | undefined;
  /** The elements that it happens for, one by one; undefined: it happens once. @throws ArgumentFault */
  readonly elements: ((facts: Facts) => readonly Value[]) | undefined;
  readonly args: Argument;
  /** Undefined: it has none. */
  readonly links: readonly CompiledLink[] | undefined;
  /** Bytes that the arguments may have. */
  readonly limit: number;
  /** Undefined: its service takes no turns by what an event holds. */
  readonly turn: Turn | undefined;
}

/** A link that is ready to render. */
export interface CompiledLink {
  readonly name: string;
  readonly service: string;
  readonly args: Argument;
}
