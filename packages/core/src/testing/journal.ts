import { describe } from "vitest";
import type { OpenJournal } from "./journal/bench.ts";

export interface DescribeJournalOptions {
  /** How often the state machine is played, each time with up to 60 calls. @default 100 */
  readonly plays?: number;
}

/**
 * Defines the tests that every journal passes: what they say of keys, lanes, leases, claim tokens, positions, memory and high water
 * is what the runtime relies on. A journal that passes them is finished, but for what only its own storage can do wrong:
 * a process that is killed while it writes, and a disk that is full.
 */
export function describeJournal(name: string, open: OpenJournal, { plays = 100 }: DescribeJournalOptions = {}): void {
  // Late: only whoever tests a journal needs fast-check.
  describe(name, async () => (await import("./journal/tests.ts")).defineTests(open, plays));
}
