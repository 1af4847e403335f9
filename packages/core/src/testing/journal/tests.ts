import fc from "fast-check";
import { describe, test } from "vitest";
import { withBench, type OpenJournal } from "./bench.ts";
import type { JournalCase } from "./case.ts";
import { admitCases } from "./admit-cases.ts";
import { alikeCases } from "./alike-cases.ts";
import { claimCases } from "./claim-cases.ts";
import { decisionCases } from "./decision-cases.ts";
import { laneCases } from "./lane-cases.ts";
import { emptyModel } from "./model.ts";
import { commands } from "./model-commands.ts";
import { newsCases, suppressionCases } from "./news-cases.ts";
import { pauseCases } from "./pause-cases.ts";
import { queueCases } from "./queue-cases.ts";
import { readCases } from "./read-cases.ts";
import { recordCases } from "./record-cases.ts";
import { redriveCases } from "./redrive-cases.ts";
import { unmatchedCases } from "./unmatched-cases.ts";

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

/** All that a journal must pass. @param plays How often the state machine is played. */
export function defineTests(open: OpenJournal, plays: number): void {
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
}
