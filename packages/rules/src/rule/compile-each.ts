import type { Value } from "@backstitch/core/values";
import { isRow } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import { compileRead, compileUnsent } from "../facts/read.ts";
import type { LocatedPath } from "../json/index.ts";
import { isPathFault, nameOfPath, resolvePath, type Path } from "../path/resolve-path.ts";
import { ArgumentFault } from "../template/fault.ts";
import type { ThenContext } from "./compile-then.ts";

/** More would be a mistake, and one event must not keep a source from going on. */
const MOST_ELEMENTS = 1_000;

/** Compiles `each`: what reads the elements of its list. Undefined where it is absent or a problem. */
export function compileEach(
  context: ThenContext,
  each: Value | undefined,
  at: LocatedPath,
): ((facts: Facts) => readonly Value[]) | undefined {
  if (typeof each !== "string") return undefined;
  const path = resolvePath(each, context.scope);
  if (isPathFault(path)) {
    context.report.in(context.located, { ...path, path: at });
    return undefined;
  }
  if (!mayBeList(path)) {
    const message = `${JSON.stringify(each)} is never a list.`;
    const remedy = '"each" needs a path to a list, such as "after.items".';
    context.report.in(context.located, { code: "RULE_VALUE_INVALID", path: at, message, remedy });
    return undefined;
  }
  context.reads.push(path);
  return readElements(path);
}

function mayBeList({ root, segments }: Path): boolean {
  const holdsMore = root === "before" || root === "after" || root === "key" || root === "values";
  return holdsMore ? segments.length > 0 : root === "changed" && segments.length === 0;
}

/** Missing and null are lists of none. */
function readElements(path: Path): (facts: Facts) => readonly Value[] {
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
