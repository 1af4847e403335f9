import fc from "fast-check";
import { describe, test } from "vitest";
import { withBench, type OpenJournal } from "./journal/bench.ts";
import type { JournalCase } from "./journal/case.ts";
import { admitCases } from "./journal/admit-cases.ts";
import { alikeCases } from "./journal/alike-cases.ts";
import { claimCases } from "./journal/claim-cases.ts";
import { decisionCases } from "./journal/decision-cases.ts";
import { laneCases } from "./journal/lane-cases.ts";
import { emptyModel } from "./journal/model.ts";
import { commands } from "./journal/model-commands.ts";
import { newsCases, suppressionCases } from "./journal/news-cases.ts";
import { pauseCases } from "./journal/pause-cases.ts";
import { queueCases } from "./journal/queue-cases.ts";
import { readCases } from "./journal/read-cases.ts";
import { recordCases } from "./journal/record-cases.ts";
import { redriveCases } from "./journal/redrive-cases.ts";
import { unmatchedCases } from "./journal/unmatched-cases.ts";

const GROUPS: readonly (readonly [string, readonly JournalCase[]])[] = [
  ["recording", recordCases],
  ["lanes", laneCases],
  ["claims", claimCases],
  ["limits of rules", admitCases],
  ["queues of quotas", queueCases],
  ["deliveries that look alike", alikeCases],
  ["redriving and forgetting", redriveCases],
  ["what people decide", decisionCases],
  ["pausing", pauseCases],
  ["what far sides tell", newsCases],
  ["who is sent nothing", suppressionCases],
  ["reading", readCases],
  ["events that matched nothing", unmatchedCases],
];

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
  describe(name, () => {
    for (const [group, cases] of GROUPS) {
      describe(group, () => {
        test.each(cases)("$name", async ({ run, ...options }) => withBench(open, options, run));
      });
    }
    test("whatever is asked of it, it does what the state machine says", { timeout: 300_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: "max" }), (asked) =>
          withBench(open, {}, (bench) => fc.asyncModelRun(() => ({ model: emptyModel(bench.now()), real: bench }), asked)),
        ),
        { numRuns: plays },
      );
    });
  });
}
