import { isPathFault, resolvePath } from "../path/resolve-path.ts";
import type { ArgumentForm } from "./form.ts";
import { complain, type ArgumentContext, type Written } from "./lowering.ts";

/** `{"$path": "after.x"}`: the value with its type. */
export function lowerPathArgument(context: ArgumentContext, { at }: Written, text: string): ArgumentForm {
  const path = resolvePath(text, context.scope);
  if (isPathFault(path)) return complain(context, { ...path, path: at });
  context.reads.push(path);
  return { kind: "path", path };
}
