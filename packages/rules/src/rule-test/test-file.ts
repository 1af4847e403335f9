import type { Place } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import type { LocatedPath } from "../json/index.ts";

/** The tests of one rule: `rules/low-stock.test.json`, read. */
export interface RuleTestFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string;
  /** The rule's path under `rules/` without `.json`. */
  readonly rule: string;
  readonly tests: readonly RuleTest[];
}

export interface RuleTest {
  readonly name: string;
  /** As they are written, at least one: see `eventOf`. */
  readonly events: readonly Row[];
  readonly expected: Expected;
  /** Where in the file something of this test is. */
  placeOf(path: LocatedPath): Place;
}

/** What must come of a test's events. */
export interface Expected {
  /** The key that stands in the file, for addresses: `deliveries` are these and no others, `deliveriesContain` are among them. */
  readonly by: "deliveries" | "deliveriesContain";
  readonly deliveries: readonly ExpectedDelivery[];
  readonly failures: readonly ExpectedFailure[];
  /** Paths that were not sent; empty: the rule is decided. */
  readonly undecided: readonly string[];
}

/** What is left out may be anything. */
export interface ExpectedDelivery {
  readonly then?: string;
  readonly service?: string;
  readonly action?: string;
  readonly eventId?: string;
  /** How long after its event, written as {@link durationText} writes it. */
  readonly expires?: string;
  /** A link stands in it as `{{ links.invoice }}`. */
  readonly args?: Row;
  /** What the links in the arguments are, by name: `{service, with}`. */
  readonly links?: Row;
}

export interface ExpectedFailure {
  readonly code: string;
  readonly then?: string;
  readonly eventId?: string;
}
