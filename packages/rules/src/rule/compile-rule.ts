import { OPERATORS } from "../condition/operators/index.ts";
import type { Located } from "../json/index.ts";
import { renderByLiquid } from "../template/render-template.ts";
import type { RenderWhole } from "../arguments/make-argument.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { lowerRule, type RuleContext } from "./lower-rule.ts";
import { makeRule, type RuleMaking } from "./make-rule.ts";

/** Compiles a rule file; every problem in it is reported. */
export function compileRule(context: RuleContext, name: string, located: Located): CompiledRule | undefined {
  const form = lowerRule(context, name, located);
  if (form === undefined) return undefined;
  context.forms?.push(form);
  const { turns, services, links = NO_LINKS } = context;
  return makeRule({ operators: OPERATORS, whole: byLiquid, turns, services, links }, form);
}

const NO_LINKS: RuleMaking["links"] = new Map();

/** What was lowered here was read by Liquid on the way. */
const byLiquid: RenderWhole = ({ parsed }) => {
  if (parsed === undefined) throw new RangeError("This template was not read.");
  return (facts) => renderByLiquid(parsed, facts);
};
