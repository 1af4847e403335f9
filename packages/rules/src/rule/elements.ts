import { isRow, type Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileRead, compileUnsent } from "../facts/read.ts";
import { nameOfPath, type Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "../template/fault.ts";

/** More would be a mistake, and one event must not keep a source from going on. */
const MOST_ELEMENTS = 1_000;

/** Reads the elements of the list at a path. Missing and null are lists of none. */
export function readElements(path: Path): (facts: Facts) => readonly Value[] {
  const read = compileRead(path);
  const unsent = compileUnsent(path);
  const name = nameOfPath(path);
  return (facts) => {
    if (unsent?.(facts) === true) throw new ArgumentFault("ARGUMENT_UNSENT", `"each": the source did not send ${name}.`);
    const value = read(facts, undefined) ?? null;
    if (value === null) return [];
    if (!Array.isArray(value)) throw new ArgumentFault("EACH_INVALID", `"each": ${name} is ${kindOf(value)}, not a list.`);
    if (value.length <= MOST_ELEMENTS) return value as readonly Value[];
    throw new ArgumentFault(
      "EACH_INVALID",
      `"each": ${name} has more than ${MOST_ELEMENTS} elements, which is the most that one event may deliver.`,
    );
  };
}

function kindOf(value: Value): string {
  if (isRow(value)) return "an object";
  return typeof value === "string" ? "a text" : typeof value === "boolean" ? "true or false" : "a number";
}
