import type { Problem } from "@backstitch/core/rules";
import { newStudy, type Studied } from "./study.ts";
import { CHECKS } from "./table.ts";

/**
 * Looks for what is probably not meant, in rules and guards that compile: every finding is a warning. What is called never or always true is proved;
 * what is not said may be wrong all the same.
 */
export function analyse(given: Studied): readonly Problem[] {
  const study = newStudy(given);
  return CHECKS.flatMap((check) => [...check.find(study)]);
}
