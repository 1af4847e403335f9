import type { JsonSchema, Repeat, SchemaFault, Validate } from "@backstitch/core/connector";
import type { IfUncertain, RetryPolicy, RuleLimits } from "@backstitch/core/rules";
import { isRow, type Value } from "@backstitch/core/values";
import { checkConstants } from "../arguments/check-constants.ts";
import type { ArgumentForm } from "../arguments/form.ts";
import { lowerArgument } from "../arguments/lower-argument.ts";
import type { ArgumentContext } from "../arguments/lowering.ts";
import type { EngineExtensions } from "../condition/extensions.ts";
import type { Condition } from "../condition/form.ts";
import { lowerCondition } from "../condition/lower.ts";
import type { NamedConditions } from "../condition/lowering.ts";
import type { Marks } from "../condition/marks.ts";
import { gatherReads } from "../condition/reads.ts";
import { didYouMean, listOf, under, type LocatedPath } from "../json/index.ts";
import { ITEM_ROOTS } from "../path/resolve-path.ts";
import { shared, usualName, type Alike } from "./alike.ts";
import { readExpires } from "./expires.ts";
import type { OrderForm, ThenForm } from "./form.ts";
import { checkCounts, isLimited, readLimits } from "./limits.ts";
import { lowerEach } from "./lower-each.ts";
import { readOrder, type Reading } from "./order.ts";
import { readRetry } from "./retry.ts";
import type { Turn } from "./turn.ts";

/** What rules must know of an action. */
export interface CatalogueAction {
  readonly args: JsonSchema;
  readonly repeat: Repeat;
  /** What is wrong with arguments that the schema takes, of which any may be missing. @default nothing */
  readonly faults?: ((args: never) => readonly SchemaFault[]) | undefined;
  /** What a call costs, by unit. @default nothing that is counted */
  readonly cost?: { readonly [unit: string]: (args: never) => number } | undefined;
}

/** What entries of all rules have around them. */
export interface ThenSurroundings extends Pick<ArgumentContext, "scope" | "report" | "templates" | "parse"> {
  readonly services: ReadonlyMap<string, ReadonlyMap<string, CatalogueAction> | undefined>;
  /** By service, of those whose deliveries take turns by something of the event. */
  readonly turns: ReadonlyMap<string, Turn>;
  readonly validate: Validate;
  readonly extensions: EngineExtensions;
  readonly named: NamedConditions;
  /** The same for entries with `each`, which read more. */
  readonly namedInEach: NamedConditions;
  readonly alike: Alike;
  /** Gathers where conditions stand. Undefined: nobody will ask. */
  readonly marks?: Marks | undefined;
}

/** A rule whose entries are lowered. Many are: it holds what is around them, and does not copy it. */
export interface ThenContext extends Reading {
  readonly around: ThenSurroundings;
  readonly rule: string;
  readonly named: NamedConditions;
  readonly usual: Usual;
}

/** The rule's own, where an entry has none. */
export interface Usual {
  readonly retry: RetryPolicy | undefined;
  readonly ifUncertain: IfUncertain;
  readonly expiresMs: number | undefined;
  readonly order: OrderForm;
  readonly limits: RuleLimits | undefined;
}

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
    args: lowerWith(inside, { value: entry["with"] ?? {}, at: under(at, "with") }, known),
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

function lowerWith(context: ThenContext, written: { value: Value; at: LocatedPath }, action: CatalogueAction | undefined): ArgumentForm {
  const { located, scope, report, reads, around } = context;
  const { templates, parse, validate } = around;
  const inside: ArgumentContext = { located, scope, report, templates, reads, parse, dynamic: [] };
  const form = lowerArgument(inside, { ...written, path: [], schema: action?.args });
  if (action !== undefined) checkConstants(inside, written, { args: action.args, faults: action.faults, validate });
  return form;
}
