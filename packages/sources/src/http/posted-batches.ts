import { PositionLost, type Batch, type Positions } from "@backstitch/core/source";
import type { BatchPart, Intake } from "./intake.ts";

/** Where batches of what was posted are counted. */
export interface PostedBatches {
  /** The source's name. */
  readonly source: string;
  readonly partition: string;
  /** How much goes to the journal at once. */
  readonly most: number;
}

/**
 * Passes on what an intake takes until the signal aborts: the position counts the batches.
 * @throws PositionLost where the journal's position counts nothing; before anything is taken.
 */
export function postedBatches(
  { source, partition, most }: PostedBatches,
  from: Positions,
): (intake: Intake, accept: (batch: Batch) => Promise<void>, signal: AbortSignal) => Promise<void> {
  let position = from.get(partition);
  let count = counted(source, position);
  return (intake, accept, signal) => {
    const record = async (part: BatchPart): Promise<void> => {
      const to = String(++count);
      await accept({ source, partition, from: position, to, ...part });
      position = to;
    };
    return intake.pass(most, record, signal);
  };
}

function counted(name: string, position: string | undefined): number {
  if (position === undefined || /^\d{1,15}$/.test(position)) return Number(position ?? 0);
  throw new PositionLost(name, position, undefined, "that is not a position of a source that is posted to.");
}
