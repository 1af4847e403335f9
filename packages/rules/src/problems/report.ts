import type { Place, Problem } from "@backstitch/core/rules";
import type { Located, LocatedPath } from "../json/index.ts";

/** What is wrong at a path of a file. */
export interface Finding {
  readonly code: string;
  readonly path: LocatedPath;
  /** Points at the property's name instead of its value. @default "value" */
  readonly what?: "key" | "value";
  /** One sentence that quotes the value. */
  readonly message: string;
  readonly remedy?: string | undefined;
}

/** Collects problems; the same one at the same place is kept once. */
export interface Report {
  readonly problems: readonly Problem[];
  add(...problems: readonly Problem[]): void;
  at(place: Place, finding: Omit<Finding, "path" | "what">): void;
  in(located: Located, finding: Finding): void;
}

export function newReport(): Report {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const add = (...found: readonly Problem[]): void => {
    for (const problem of found) {
      const { file, line, column } = problem.place;
      const same = JSON.stringify([file, line, column, problem.code, problem.message]);
      if (!seen.has(same)) problems.push(problem);
      seen.add(same);
    }
  };
  const at: Report["at"] = (place, { code, message, remedy }) => {
    add({ place, code, severity: "error", message, ...(remedy === undefined ? {} : { remedy }) });
  };
  return { problems, add, at, in: (located, finding) => at(located.placeOf(finding.path, finding.what), finding) };
}

/** Whether nothing can be compiled of what was read. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}
