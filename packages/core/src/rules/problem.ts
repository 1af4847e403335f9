/** Where in a file a problem is. Lines and columns count from 1. */
export interface Place {
  /** Relative to the project's folder, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A sentence with an address: what is wrong in a file that a person wrote, and what to do. */
export interface Problem {
  readonly place: Place;
  /** Stable, upper case: `RULE_OPERATOR_UNKNOWN`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One sentence that quotes the value. */
  readonly message: string;
  /** What to do, where it is known. */
  readonly remedy?: string;
}

/** `rules/late.json:4:29 RULE_OPERATOR_UNKNOWN There is no operator "$gtee".` and the remedy, indented, on the next line. */
export function formatProblem({ place, code, message, remedy, severity }: Problem): string {
  const line = `${place.file}:${place.line}:${place.column} ${code}${severity === "warning" ? " (warning)" : ""} ${message}`;
  return remedy === undefined ? line : `${line}\n  ${remedy}`;
}
