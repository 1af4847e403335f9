/** Why an argument could not be rendered: in our own words, without a value of the row. */
export class ArgumentFault extends Error {
  override readonly name = "ArgumentFault";
  /** `TEMPLATE_FAILED`, `ARGUMENT_MISSING`, `ARGUMENT_UNSENT`, `ARGUMENT_INVALID`, `ARGUMENTS_TOO_LARGE`, `EACH_INVALID`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
