import type { JsonSchema } from "@backstitch/core/connector";
import { makeArgument, type RenderWhole } from "../arguments/make-argument.ts";
import { argumentLimit } from "../arguments/measure.ts";
import { compileWith } from "../condition/compiled-condition.ts";
import type { Operators } from "../condition/operators/operator.ts";
import type { CompiledRule, CompiledThen } from "./compiled-rule.ts";
import { readElements } from "./elements.ts";
import type { RuleForm, ThenForm } from "./form.ts";
import { orderBy } from "./order-by.ts";
import type { Turn } from "./turn.ts";

/** What rules are made with. */
export interface RuleMaking {
  readonly operators: Operators;
  readonly whole: RenderWhole;
  /** By service, of those whose deliveries take turns by something of the event. */
  readonly turns: ReadonlyMap<string, Turn>;
  /** Service name → action name → the action. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, { readonly args: JsonSchema }> | undefined>;
  /** By service, of those that make links: what one is made of. */
  readonly links: ReadonlyMap<string, { readonly args: JsonSchema }>;
}

/** Makes a rule that can decide and render of what it was lowered to. */
export function makeRule(making: RuleMaking, { summary, when, then }: RuleForm): CompiledRule {
  return { summary, condition: compileWith(making.operators, when), then: then.map((form) => makeThen(making, summary.name, form)) };
}

function makeThen({ operators, whole, turns, services, ...making }: RuleMaking, rule: string, form: ThenForm): CompiledThen {
  const { name, service, action, ifUncertain, retry, expiresMs, order, limits, when, each, args, links } = form;
  const schema = services.get(service)?.get(action)?.args;
  return {
    rule,
    name,
    service,
    action,
    ifUncertain,
    retry,
    expiresMs,
    order: typeof order === "string" ? order : orderBy(order.by),
    limits,
    when: when && compileWith(operators, when),
    elements: each && readElements(each),
    args: makeArgument(args, { path: [], schema }, whole),
    links: links?.map((link) => {
      const place = { path: ["links", link.name], schema: making.links.get(link.service)?.args };
      return { name: link.name, service: link.service, args: makeArgument(link.args, place, whole) };
    }),
    limit: schema === undefined ? 0 : argumentLimit(schema),
    turn: turns.get(service),
  };
}
