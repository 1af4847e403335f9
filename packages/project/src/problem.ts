import type { Place, Problem } from "@backstitch/core/rules";

/** A problem of a file as a whole. */
export function fileProblem(file: string, code: string, message: string, remedy?: string): Problem {
  return problemAt({ file: printable(file), line: 1, column: 1 }, code, message, remedy);
}

/** A mistake at a place. */
export function problemAt(place: Place, code: string, message: string, remedy?: string): Problem {
  return { place, code, severity: "error", message, ...(remedy === undefined ? {} : { remedy }) };
}

/** What may be meant so, and is said anyway. */
export function asWarning(problem: Problem): Problem {
  return { ...problem, severity: "warning" };
}

/** Whether nothing can be done with what was read. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** By file, line, column; the same problem once. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const known = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...known.values()].sort(
    (left, right) =>
      compare(left.place.file, right.place.file) ||
      left.place.line - right.place.line ||
      left.place.column - right.place.column ||
      compare(left.code, right.code) ||
      compare(left.message, right.message),
  );
}

/** By code unit: the same order on every machine, whatever its language. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A file's name may hold line breaks and control characters: they would forge lines. */
function printable(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}
