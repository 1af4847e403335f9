import type { JournalBench } from "./bench.ts";

/** One row of the suite's table. */
export interface JournalCase {
  readonly name: string;
  /** High water of the journal. */
  readonly maxBytes?: number;
  run(bench: JournalBench): Promise<void>;
}
