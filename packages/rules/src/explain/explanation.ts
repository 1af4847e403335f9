import type { Row, Value } from "@backstitch/core/values";
import type { Verdict } from "./verdict.ts";

/** Why a rule matched an event, or why not. Plain data; values of the row are in it as they are, recipients too. */
export interface Explanation {
  readonly rule: string;
  readonly eventId: string;
  /** Whether the rule asks for its actions: the event is for it, and its condition is true. */
  readonly matches: boolean;
  /** What of `on` and `enabled` the event was held against. The rule is not asked where one of them does not fit. */
  readonly on: readonly Addressed[];
  /** The rule's condition, decided even where the event was not for the rule. */
  readonly when: ExplainedCondition;
  /** Undefined where the condition is true. */
  readonly nearestMiss: NearestMiss | undefined;
  /** In the order of the file, and rendered whatever the condition says. */
  readonly then: readonly ExplainedThen[];
}

/** One thing that a rule says of its events. */
export interface Addressed {
  readonly what: "enabled" | "source" | "collection" | "operation" | "origin";
  readonly fits: boolean;
  /** What the rule takes. */
  readonly expected: readonly string[];
  readonly actual: string;
}

/** One node of a condition. What two dialects write differently and mean alike is one here: `$ne` is `$ne`, however its `$not` was written. */
export interface ExplainedCondition {
  /** `and`, `or`, `not`, `all`, `any`, `always`, `never`, or the operator of a test: `$lt`, `everyFact:in`, `json-rules-engine`. */
  readonly operator: string;
  /** The operator's sentence for people. */
  readonly summary: string;
  readonly verdict: Verdict;
  /** The verdict of the whole stands on this one. Of several that would each have been enough all are marked. */
  readonly decided: boolean;
  readonly test: ExplainedTest | undefined;
  /** Of `json-rules-engine` what the library says that it asked. */
  readonly parts: readonly ExplainedCondition[];
}

/** What a test read, and what it compared that with. */
export interface ExplainedTest {
  /** Counted from 1. The same test at two places of a condition has the same number, and so has its opposite; those inside `$elemMatch` have none. */
  readonly number: number | undefined;
  /** What was read; empty where json-rules-engine itself decided. */
  readonly path: string;
  /** The right side for this event; undefined: missing. */
  readonly expected: Value | undefined;
  /** Where the right side was read, where it is not written in the rule. */
  readonly expectedPath: string | undefined;
  /** What lies at the path, arrays entered by index alone; undefined: missing. */
  readonly actual: Value | undefined;
  /** Of a test of how a field changed: the field before, and whether it changed; undefined: not known. */
  readonly change: { readonly before: Value | undefined; readonly changed: boolean | undefined } | undefined;
  /** What the test wanted and the source did not send. */
  readonly unsent: readonly string[];
  /** Why it was rejected. */
  readonly reason: string | undefined;
  /** Where the path goes through arrays: the elements that were looked at, in order. Not all of many, but one that met the test if there is one. */
  readonly looked: readonly Looked[];
  /** How many elements more were looked at. */
  readonly more: number;
}

/** One element that a test looked at. */
export interface Looked {
  /** `after.items.0.sku` */
  readonly path: string;
  readonly value: Value | undefined;
  readonly verdict: Verdict;
  /** Of `$elemMatch`: its condition on this element. */
  readonly condition: ExplainedCondition | undefined;
}

/** The smallest set of tests whose change would make the condition true: what else they say stays as it is. */
export interface NearestMiss {
  /** Empty: no change of its tests makes the condition true, or none was found. */
  readonly changes: readonly TestChange[];
  /** False: so many tests stand at several places that the search was given up, and a smaller set may exist. */
  readonly smallest: boolean;
}

export interface TestChange {
  /** The test's number. */
  readonly test: number;
  /** What the first test of this number says; one that stands elsewhere as its opposite (`$ne` for `$eq`) says the opposite. */
  readonly from: Verdict;
  readonly to: "true" | "false";
}

/** What a `then` entry makes of the event. */
export interface ExplainedThen {
  readonly name: string;
  readonly service: string;
  readonly action: string;
  /** One; with `each` one for each element, not all of many. */
  readonly parts: readonly ExplainedPart[];
  /** How many elements more there are. */
  readonly more: number;
  /** Why the list of `each` cannot be read. */
  readonly fault: Fault | undefined;
}

/** One delivery that an entry would ask for. */
export interface ExplainedPart {
  /** Place of the element in the list, from 0; undefined without `each`. */
  readonly index: number | undefined;
  /** The entry's own condition; undefined: it has none. */
  readonly when: ExplainedCondition | undefined;
  /** Undefined where they cannot be rendered. */
  readonly args: Row | undefined;
  /** Why not. */
  readonly fault: Fault | undefined;
}

export interface Fault {
  readonly code: string;
  /** Holds no value of the row. */
  readonly reason: string;
}
