import type { JournalBench, JournalSuiteOptions } from "./bench.ts";

/** One row of the suite's table. */
export interface JournalCase extends Omit<JournalSuiteOptions, "clock"> {
  readonly name: string;
  run(bench: JournalBench): Promise<void>;
}
