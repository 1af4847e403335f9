/** Ends the command with a sentence for people: no stack trace for what a person can mend. */
export class Quit extends Error {
  override readonly name = "Quit";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
