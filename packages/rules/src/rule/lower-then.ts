import type { JsonSchema } from "@backstitch/core/connector";
import type { RuleLimits } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import type { Condition } from "../condition/form.ts";
import { lowerCondition } from "../condition/lower.ts";
import { gatherReads } from "../condition/reads.ts";
import { didYouMean, listOf, under, type LocatedPath } from "../json/index.ts";
import { ITEM_ROOTS } from "../path/resolve-path.ts";
import { shared, usualName } from "./alike.ts";
import { readExpires } from "./expires.ts";
import type { ThenForm } from "./form.ts";
import { checkCounts, isLimited, readLimits } from "./limits.ts";
import { lowerEach } from "./lower-each.ts";
import { lowerLinks, readingLinks } from "./lower-links.ts";
import { lowerWith } from "./lower-with.ts";
import { readOrder } from "./order.ts";
import { readRetry } from "./retry.ts";
import type { CatalogueAction, ThenContext } from "./then-context.ts";

/** Lowers one `then` entry; undefined where it does not say which action. */
export function lowerThen(context: ThenContext, entry: Value | undefined, at: LocatedPath): ThenForm | undefined {
  if (!isRow(entry)) return undefined;
  const inside = entry["each"] === undefined ? context : insideEach(context);
  const { service, action, name, ifUncertain } = entry;
  if (typeof service !== "string" || typeof action !== "string") return undefined;
  const { usual } = context;
  const [usually = ""] = shared(context.around.alike, [usualName({ service, action })]);
  const known = findAction(context, { service, action }, at);
  const turn = context.around.turns.get(service);
  if (turn !== undefined) context.reads.push(turn.path);
  const called = typeof name === "string" ? name : usually;
  return {
    name: called,
    service,
    action,
    ifUncertain: ifUncertain === "hold" || ifUncertain === "retry" ? ifUncertain : usual.ifUncertain,
    retry: readRetry(context, entry["retry"], under(at, "retry")) ?? usual.retry,
    expiresMs: readExpires(context, entry["expires"], under(at, "expires")) ?? usual.expiresMs,
    order: readOrder(inside, entry["order"], under(at, "order")) ?? usual.order,
    limits: limitsOf(context, { value: entry["limits"], at: under(at, "limits") }, { name: called, args: known?.args }),
    when: lowerWhen(inside, entry["when"], under(at, "when")),
    each: lowerEach(context, entry["each"], under(at, "each")),
    args: lowerWith(readingLinks(inside, entry["links"]), { value: entry["with"] ?? {}, at: under(at, "with") }, known),
    links: lowerLinks(inside, entry["links"], under(at, "links")),
  };
}

/** Its own, or the rule's, which are counted for all entries that have none. */
function limitsOf(
  context: ThenContext,
  written: { value: Value | undefined; at: LocatedPath },
  { name, args }: { name: string; args: JsonSchema | undefined },
): RuleLimits | undefined {
  const own = readLimits(context, written, [context.rule, name]);
  checkCounts(context, own, written.at, [args]);
  const limits = own ?? context.usual.limits;
  return isLimited(limits) ? limits : undefined;
}

/** An entry with `each` reads more. */
function insideEach(context: ThenContext): ThenContext {
  const { roots, values } = context.scope;
  return { ...context, scope: { roots: [...roots, ...ITEM_ROOTS], values }, named: context.around.namedInEach };
}

function lowerWhen(context: ThenContext, when: Value | undefined, at: LocatedPath): Condition | undefined {
  if (when === undefined) return undefined;
  const { located, scope, report, named, reads, around } = context;
  const { extensions, marks } = around;
  const condition = lowerCondition({ located, scope, report, named, extensions, marks, trail: [], inElement: false }, when, at);
  gatherReads(condition, reads);
  return condition;
}

function findAction(context: ThenContext, wanted: { service: string; action: string }, at: LocatedPath): CatalogueAction | undefined {
  const { rule, located, report, around } = context;
  const { services } = around;
  const actions = services.get(wanted.service);
  if (actions === undefined && services.has(wanted.service)) return undefined;
  const action = actions?.get(wanted.action);
  if (action !== undefined) return action;
  const names = [...(actions ?? services).keys()];
  const [code, key, sends, what] =
    actions === undefined
      ? ["RULE_SERVICE_UNKNOWN", "service", `sends to ${JSON.stringify(wanted.service)}`, "services"]
      : ["RULE_ACTION_UNKNOWN", "action", `asks ${JSON.stringify(wanted.service)} for ${JSON.stringify(wanted.action)}`, "actions"];
  const are = names.length === 0 ? `there are no ${what}` : `the ${what} are ${listOf(names)}`;
  report.in(located, {
    code,
    path: under(at, key),
    message: `Rule ${JSON.stringify(rule)} ${sends}; ${are}.`,
    remedy: didYouMean(actions === undefined ? wanted.service : wanted.action, names),
  });
  return undefined;
}
