import type { JsonSchema, SchemaFault } from "@backstitch/core/connector";
import type { Operation } from "@backstitch/core/source";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import type { WrittenRule } from "../analysis/written.ts";
import { compileCondition } from "../condition/compile.ts";
import type { Condition } from "../condition/form.ts";
import { lowerCondition } from "../condition/lower.ts";
import type { Marks } from "../condition/marks.ts";
import { gatherReads } from "../condition/reads.ts";
import { didYouMean, listOf, schemaProblems, type Located } from "../json/index.ts";
import { ITEM_ROOTS, nameOfPath, type Path } from "../path/resolve-path.ts";
import { shared } from "./alike.ts";
import { compileThen, type ThenContext } from "./compile-then.ts";
import type { CompiledRule, CompiledThen, RuleSummary } from "./compiled-rule.ts";
import { readExpires } from "./expires.ts";
import { checkCounts, readLimits, WRITTEN_FORMS } from "./limits.ts";
import { readOrder } from "./order.ts";
import { readRetry } from "./retry.ts";
import { ruleSchema } from "./schema.ts";
import { writtenEntries } from "./written-entries.ts";

export interface RuleContext extends Omit<
  ThenContext,
  "located" | "rule" | "reads" | "retry" | "ifUncertain" | "expiresMs" | "order" | "limits"
> {
  readonly sources: readonly string[];
  /** Gathers where conditions stand. Undefined: nobody will ask. */
  readonly marks?: Marks | undefined;
  /** Gathers the rules as they were written. Undefined: nobody will look at them. */
  readonly written?: WrittenRule[] | undefined;
}

/** Compiles a rule file; every problem in it is reported. */
export function compileRule(context: RuleContext, name: string, located: Located): CompiledRule | undefined {
  const value = located.value as Value;
  checkShape(context, located, value);
  if (!isRow(value)) return undefined;
  const where = { located, report: context.report, scope: context.scope };
  const on = readOn(context, located, { name, on: value["on"] });
  const condition = lowerWhen(context, located, value["when"]);
  const reads: Path[] = [];
  gatherReads(condition, reads);
  const inside: ThenContext = {
    ...context,
    located,
    rule: name,
    reads,
    retry: readRetry(where, value["retry"], ["retry"]),
    ifUncertain: value["ifUncertain"] === "hold" ? "hold" : "retry",
    expiresMs: readExpires(where, value["expires"], ["expires"]),
    order: readOrder({ ...where, reads }, value["order"], ["order"]) ?? "lane",
    limits: readLimits(where, { value: value["limits"], at: ["limits"] }, [name]),
  };
  const then = compileEntries(inside, value["then"]);
  if (inside.limits !== undefined) checkCounts(where, inside.limits, ["limits"], actionsWithout(inside, value["then"]));
  const summary: RuleSummary = {
    name,
    description: typeof value["description"] === "string" ? value["description"] : undefined,
    enabled: value["enabled"] !== false,
    ...on,
    actions: shared(
      context,
      then.map(({ name, service, action }) => ({ name, service, action })),
    ),
    readsBefore: reads.some(({ root }) => root === "before"),
    limited: then.some(({ limits }) => limits !== undefined),
    reads: shared(context, namesOf(reads)),
  };
  context.written?.push({ located, summary, condition, entries: writtenEntries(inside, value["then"], then) });
  return { summary, condition: compileCondition(condition), then };
}

/** They read a part of what another path reads. */
const WITHIN: ReadonlySet<string> = new Set(["element", ...ITEM_ROOTS]);

function namesOf(reads: readonly Path[]): readonly string[] {
  const names = new Set<string>();
  for (const path of reads) if (!WITHIN.has(path.root)) names.add(nameOfPath(path));
  return [...names].sort();
}

function lowerWhen({ scope, report, named, extensions, marks }: RuleContext, located: Located, when: Value | undefined): Condition {
  if (when === undefined) return { kind: "const", value: true };
  return lowerCondition({ located, scope, report, named, extensions, marks, trail: [], inElement: false }, when, ["when"]);
}

function compileEntries(context: ThenContext, entries: Value | undefined): CompiledThen[] {
  const then: CompiledThen[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? (entries as readonly Value[]) : []).entries()) {
    const compiled = compileThen(context, entry, ["then", index]);
    if (compiled === undefined) continue;
    if (then.some(({ name }) => name === compiled.name)) {
      const named = isRow(entry) && entry["name"] !== undefined;
      context.report.in(context.located, {
        code: "RULE_THEN_DUPLICATE",
        path: named ? ["then", index, "name"] : ["then", index],
        message: `Two entries of "then" are called ${JSON.stringify(compiled.name)}.`,
        remedy: 'Give this one a "name" of its own.',
      });
    }
    then.push(compiled);
  }
  // As long as it is, and no longer.
  return then.slice();
}

/** The arguments of the actions of all entries that have no limits of their own; undefined where an action is not known. */
function actionsWithout({ services }: ThenContext, entries: Value | undefined): readonly (JsonSchema | undefined)[] {
  const rows = (Array.isArray(entries) ? (entries as readonly Value[]) : []).filter(isRow);
  const others = rows.filter(({ limits }) => limits === undefined);
  return others.map(({ service, action }) =>
    typeof service === "string" && typeof action === "string" ? services.get(service)?.get(action)?.args : undefined,
  );
}

function checkShape({ validate, report }: RuleContext, located: Located, value: Value): void {
  const faults = validate(ruleSchema)(value).filter((fault) => !isReadAnyway(fault));
  report.add(...schemaProblems(located, faults, { code: "RULE" }));
}

/** How it must be written is said better by what reads it. */
function isReadAnyway({ path, keyword }: SchemaFault): boolean {
  return keyword === "pattern" && WRITTEN_FORMS.has(String(path.at(-1)));
}

const USUAL_OPERATIONS: On["operations"] = ["insert", "update", "replace"];
const USUAL_ORIGINS: On["origins"] = ["log"];

type On = Pick<RuleSummary, "source" | "collections" | "operations" | "origins">;

function readOn(context: RuleContext, located: Located, { name, on }: { name: string; on: Value | undefined }): On {
  const { sources, report } = context;
  const { source = "", collection, operations, origins } = isRow(on) ? on : ({} as Row);
  if (typeof source === "string" && source !== "" && !sources.includes(source)) {
    const are = sources.length === 0 ? "there are no sources" : `the sources are ${listOf(sources)}`;
    report.in(located, {
      code: "RULE_SOURCE_UNKNOWN",
      path: ["on", "source"],
      message: `Rule ${JSON.stringify(name)} reads from ${JSON.stringify(source)}; ${are}.`,
      remedy: didYouMean(source, sources),
    });
  }
  return {
    source: typeof source === "string" ? source : "",
    collections: shared(context, typeof collection === "string" ? [collection] : [...new Set(texts(collection))]),
    operations: operations === undefined ? USUAL_OPERATIONS : shared(context, texts(operations) as Operation[]),
    origins: origins === undefined ? USUAL_ORIGINS : shared(context, texts(origins) as On["origins"]),
  };
}

function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter((item) => typeof item === "string") : [];
}
