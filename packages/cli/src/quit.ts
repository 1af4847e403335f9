import { JournalFull, JournalOwned } from "@backstitch/core/journal";
import { PositionLost, SourceMisconfigured } from "@backstitch/core/source";

/** Ends the command with a sentence for people: no stack trace for what a person can mend. */
export class Quit extends Error {
  override readonly name = "Quit";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The contracts' own errors whose message is a sentence that says what to do. */
const FOR_PEOPLE = [JournalFull, JournalOwned, PositionLost, SourceMisconfigured];

/** The way to end where a person can mend what was thrown; undefined: it is a bug, and its stack is wanted. */
export function quitOf(error: unknown): Quit | undefined {
  if (error instanceof Quit) return error;
  const known = FOR_PEOPLE.some((kind) => error instanceof kind);
  return known ? new Quit((error as Error).message) : undefined;
}
