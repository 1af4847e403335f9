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

/** Characters of a template that are repeated where it fails. */
export const LONGEST_QUOTE = 200;

/** A filter cannot do with what it was given. */
export function filterFault(name: string, what: string): ArgumentFault {
  return new ArgumentFault("TEMPLATE_FAILED", `the filter "${name}" was given ${what}`);
}
