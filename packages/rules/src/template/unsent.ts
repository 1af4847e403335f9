import type { Facts } from "../facts/facts.ts";
import { compileUnsent } from "../facts/read.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "./fault.ts";

/** @throws ArgumentFault where the source did not send what is read. */
export function compileUnsentOf(reads: readonly Path[]): ((facts: Facts) => void) | undefined {
  const checks = reads.flatMap((path) => {
    const unsent = compileUnsent(path);
    return unsent === undefined ? [] : [{ unsent, name: nameOfPath(path) }];
  });
  if (checks.length === 0) return undefined;
  return (facts) => {
    if (facts.unsent.length === 0 && facts.before !== undefined && facts.changed !== undefined) return;
    const missing = checks.find(({ unsent }) => unsent(facts));
    if (missing !== undefined) throw new ArgumentFault("ARGUMENT_UNSENT", `the source did not send ${missing.name}`);
  };
}
