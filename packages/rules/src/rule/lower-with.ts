import type { Value } from "@backstitch/core/values";
import { checkConstants } from "../arguments/check-constants.ts";
import type { ArgumentForm } from "../arguments/form.ts";
import { lowerArgument } from "../arguments/lower-argument.ts";
import type { ArgumentContext } from "../arguments/lowering.ts";
import type { LocatedPath } from "../json/index.ts";
import type { CatalogueLink, ThenContext } from "./then-context.ts";

/** Lowers the arguments of an action, or what a link is made of. */
export function lowerWith(
  context: ThenContext,
  written: { value: Value; at: LocatedPath },
  action: CatalogueLink | undefined,
): ArgumentForm {
  const { located, scope, report, reads, around } = context;
  const { templates, parse, validate } = around;
  const inside: ArgumentContext = { located, scope, report, templates, reads, parse, dynamic: [] };
  const form = lowerArgument(inside, { ...written, path: [], schema: action?.args });
  if (action !== undefined) checkConstants(inside, written, { args: action.args, faults: action.faults, validate });
  return form;
}
