import type { JsonSchema, Lands } from "@backstitch/core/connector";
import type { Guard, RuleSet } from "@backstitch/core/rules";
import { decodeValue } from "@backstitch/core/values";
import type { TemplateForm } from "../arguments/form.ts";
import type { RenderWhole } from "../arguments/make-argument.ts";
import type { Operator, Operators } from "../condition/operators/operator.ts";
import { PLAIN_OPERATORS } from "../condition/operators/tables.ts";
import { makeGuard } from "../guard/make-guard.ts";
import type { Filing } from "../match/filing.ts";
import { findAmongAll } from "../match/finder.ts";
import { matcherOfPlain } from "../match/match.ts";
import { EVENT_ROOTS } from "../path/resolve-path.ts";
import type { CompiledRule } from "../rule/compiled-rule.ts";
import { makeRule } from "../rule/make-rule.ts";
import { turnsOf } from "../rule/turn.ts";
import { isPlain, renderPlainly } from "../template/plain-template.ts";
import { decodeGuard, decodeRule, pathsOf } from "./decode-rules.ts";
import type { EncodedRules } from "./encoded.ts";

export interface OpenRulesOptions {
  /** Service → action → the schema of its arguments, as when the rules were built. */
  readonly services: ReadonlyMap<string, ReadonlyMap<string, { readonly args: JsonSchema }>>;
  /** Service → the schema of what its links are made of, of those that make some. */
  readonly links: ReadonlyMap<string, { readonly args: JsonSchema }>;
  /** What renders templates that are more than text and plain paths, by the files of `templates/`. Left out where the build says that none is. */
  readonly liquid?: ((templates: ReadonlyMap<string, string>) => RenderWhole) | undefined;
  /** `$regex`. Left out where the build says that no condition has a pattern. */
  readonly regex?: Operator | undefined;
  /** What files rules so that an event is shown to few of them. @default each is shown to all that look at its collection */
  readonly index?: ((rules: readonly CompiledRule[]) => Filing) | undefined;
}

/** Rules and guards that were built, ready to decide. */
export interface OpenedRules {
  readonly rules: RuleSet;
  /** By service. */
  readonly guards: ReadonlyMap<string, Guard>;
}

/** Opens what `buildRules` made: nothing is parsed but JSON, and nothing is checked again. @throws RangeError where something is left out that is needed. */
export function openRules(text: string, { services, links, liquid, regex, index }: OpenRulesOptions): OpenedRules {
  const { hash, values, paths, rules, guards, turns, templates } = decodeValue(text) as unknown as EncodedRules;
  const pathAt = pathsOf(paths);
  const operators: Operators = regex === undefined ? PLAIN_OPERATORS : new Map([...PLAIN_OPERATORS, ["$regex", regex]]);
  const whole = wholeBy(liquid?.(new Map(Object.entries(templates))));
  const byService = turnsOf(new Map(Object.entries(turns)), { roots: EVENT_ROOTS, values: Object.keys(values) });
  const making = { operators, whole, turns: byService, services, links };
  const made = rules.map((rule) => makeRule(making, decodeRule(rule, pathAt)));
  const byName = new Map(made.map((rule) => [rule.summary.name, rule]));
  const ruleSet: RuleSet = {
    hash,
    match: index === undefined ? matcherOfPlain({ filing: findAmongAll(made), values }) : matcherOfPlain({ filing: index(made), values }),
    entry: (rule, then) => byName.get(rule)?.then.find(({ name }) => name === then),
  };
  const guarded = Object.entries(guards).map(([service, list]) => {
    const forms = list.map((guard) => decodeGuard(guard, pathAt));
    return [service, makeGuard(operators, forms, values)] as const;
  });
  return { rules: ruleSet, guards: new Map(guarded) };
}

function wholeBy(liquid: RenderWhole | undefined): RenderWhole {
  return (form: TemplateForm, lands: Lands) => {
    const { pieces } = form;
    if (pieces !== undefined && isPlain(pieces)) return renderPlainly(pieces, lands);
    if (liquid === undefined) throw new RangeError("A template needs Liquid.");
    return liquid(form, lands);
  };
}
