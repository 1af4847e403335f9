import type { Value } from "@backstitch/core/values";
import type { LocatedPath } from "../json/index.ts";
import { isPathFault, resolvePath, type Path } from "../path/resolve-path.ts";
import type { ThenContext } from "./then-context.ts";

/** Lowers `each` to the path of its list. Undefined where it is absent or a problem. */
export function lowerEach(context: ThenContext, each: Value | undefined, at: LocatedPath): Path | undefined {
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
  return path;
}

function mayBeList({ root, segments }: Path): boolean {
  const holdsMore = root === "before" || root === "after" || root === "key" || root === "values";
  return holdsMore ? segments.length > 0 : root === "changed" && segments.length === 0;
}
