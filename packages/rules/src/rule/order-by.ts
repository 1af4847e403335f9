import type { Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileRead, compileUnsent } from "../facts/read.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "../template/fault.ts";

/**
 * What goes in order: `lane`, the deliveries of a row; `none`, nothing; or what shares a value, read by the function, which finds
 * null where there is none. The function throws ArgumentFault where the source did not send it.
 */
export type Order = "lane" | "none" | ((facts: Facts) => Value);

export function orderBy(path: Path): (facts: Facts) => Value {
  const read = compileRead(path);
  const unsent = compileUnsent(path);
  const name = nameOfPath(path);
  return (facts) => {
    if (unsent?.(facts) === true) throw new ArgumentFault("ARGUMENT_UNSENT", `"order": the source did not send ${name}.`);
    return read(facts, undefined) ?? null;
  };
}
