import type { Validate } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { Row, Value } from "@backstitch/core/values";
import { checkConstants } from "../arguments/check-constants.ts";
import { lowerArgument } from "../arguments/lower-argument.ts";
import type { ArgumentContext } from "../arguments/lowering.ts";
import { makeArgument } from "../arguments/make-argument.ts";
import { argumentLimit } from "../arguments/measure.ts";
import { roleFacts } from "../facts/facts.ts";
import type { RuleFiles } from "../files.ts";
import { didYouMean, listOf, under, type Located, type LocatedPath } from "../json/index.ts";
import { hasErrors, newReport, type Report } from "../problems/report.ts";
import type { Catalogue } from "../rule/rule-context.ts";
import type { CatalogueAction } from "../rule/then-context.ts";
import { renderArguments } from "../rule/render-then.ts";
import { readSurroundings } from "../surroundings.ts";
import { parseTemplate } from "../template/parse-template.ts";
import { renderByLiquid } from "../template/render-template.ts";
import type { Asker } from "./decide.ts";

/** A call of a service's action that somebody's request makes, and no event. */
export interface CompiledCall {
  readonly service: string;
  readonly action: string;
  /** @throws Error where the arguments cannot be made: its message quotes no value. */
  render(asked: Pick<Asker, "user" | "request">): Row;
}

/** What is written: an action, and its arguments over `user`, `request` and `values`. */
export interface WrittenCall {
  readonly located: Located;
  readonly at: LocatedPath;
  readonly call: { readonly service: string; readonly action: string; readonly with: Value };
}

export interface CallOptions {
  readonly files: Omit<RuleFiles, "rules">;
  readonly services: Catalogue["services"];
  readonly validate: Validate;
}

/** Compiles a call; every problem in it is reported. */
export function compileCall(
  { located, at, call }: WrittenCall,
  { files, services, validate }: CallOptions,
): { readonly call: CompiledCall | undefined; readonly problems: readonly Problem[] } {
  const report = newReport();
  const known = actionOf(services, { located, at, call }, report);
  // What is wrong with the files around it is said where rules read them.
  const { values, templates, liquids } = readSurroundings(files, newReport());
  const scope = { roots: ["user", "request", "values"], values: Object.keys(values) } as const;
  const parse: ArgumentContext["parse"] = (source, readable) => parseTemplate({ liquids, scope: readable, report }, source);
  const context: ArgumentContext = { located, scope, report, templates, parse, reads: [], dynamic: [] };
  const written = { value: call.with, at: under(at, "with") };
  const form = lowerArgument(context, { ...written, path: [], schema: known?.args });
  if (known !== undefined) checkConstants(context, written, { args: known.args, faults: known.faults, validate });
  if (hasErrors(report.problems) || known === undefined) return { call: undefined, problems: report.problems };
  const args = makeArgument(form, { path: [], schema: known.args }, ({ parsed }) => {
    if (parsed === undefined) throw new RangeError("This template was not read.");
    return (facts) => renderByLiquid(parsed, facts);
  });
  const limit = argumentLimit(known.args);
  const render: CompiledCall["render"] = ({ user, request }) =>
    renderArguments({ args, limit }, roleFacts({ root: undefined, prevRoot: undefined, user, request, values }));
  return { call: { service: call.service, action: call.action, render }, problems: report.problems };
}

/** Undefined: it was reported, or what is wrong with the service was said elsewhere. */
function actionOf(services: Catalogue["services"], { located, at, call }: WrittenCall, report: Report): CatalogueAction | undefined {
  const { service, action } = call;
  const actions = services.get(service);
  if (actions === undefined && services.has(service)) return undefined;
  const found = actions?.get(action);
  if (found !== undefined) return found;
  const names = [...(actions ?? services).keys()];
  const [code, key, wanted, what] =
    actions === undefined
      ? (["CALL_SERVICE_UNKNOWN", "service", service, "services"] as const)
      : (["CALL_ACTION_UNKNOWN", "action", action, `actions of ${JSON.stringify(service)}`] as const);
  const are = names.length === 0 ? `there are no ${what}` : `the ${what} are ${listOf(names)}`;
  const message = `${JSON.stringify(key)} is ${JSON.stringify(wanted)}; ${are}.`;
  report.in(located, { code, path: under(at, key), message, remedy: didYouMean(wanted, names) });
  return undefined;
}
