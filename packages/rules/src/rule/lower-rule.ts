import type { JsonSchema, SchemaFault } from "@backstitch/core/connector";
import { needsJournal } from "@backstitch/core/rules";
import type { Operation } from "@backstitch/core/source";
import { isRow, type Row, type Value } from "@backstitch/core/values";
import type { WrittenRule } from "../analysis/written.ts";
import type { Condition } from "../condition/form.ts";
import { lowerCondition } from "../condition/lower.ts";
import { gatherReads } from "../condition/reads.ts";
import { didYouMean, listOf, schemaProblems, type Located } from "../json/index.ts";
import { ITEM_ROOTS, LINK_ROOT, nameOfPath, type Path } from "../path/resolve-path.ts";
import { shared, sharedActions } from "./alike.ts";
import { lowerThen } from "./lower-then.ts";
import type { ThenContext, ThenSurroundings, Usual } from "./then-context.ts";
import type { RuleSummary } from "./compiled-rule.ts";
import { readExpires } from "./expires.ts";
import type { RuleForm, ThenForm } from "./form.ts";
import { checkCounts, readLimits, WRITTEN_FORMS } from "./limits.ts";
import { readOrder, type Reading } from "./order.ts";
import { readRetry } from "./retry.ts";
import { ruleSchema } from "./schema.ts";
import { writtenEntries } from "./written-entries.ts";

/** What is the same for all rules. */
export interface RuleContext extends ThenSurroundings {
  readonly sources: readonly string[];
  /** Gathers the rules as they were written. Undefined: nobody will look at them. */
  readonly written?: WrittenRule[] | undefined;
  /** Gathers what the rules were lowered to. Undefined: nobody will look at it. */
  readonly forms?: RuleForm[] | undefined;
}

/** Lowers a rule file; every problem in it is reported. */
export function lowerRule(context: RuleContext, name: string, located: Located): RuleForm | undefined {
  const value = located.value as Value;
  checkShape(context, located, value);
  if (!isRow(value)) return undefined;
  const { report, scope, named, alike } = context;
  const on = readOn(context, located, { name, on: value["on"] });
  const when = lowerWhen(context, located, value["when"]);
  const reads: Path[] = [];
  gatherReads(when, reads);
  const where = { located, report, scope, reads };
  const usual = readUsual(where, name, value);
  const inside: ThenContext = { around: context, located, report, scope, reads, named, rule: name, usual };
  const then = lowerEntries(inside, value["then"]);
  if (usual.limits !== undefined) checkCounts(where, usual.limits, ["limits"], actionsWithout(context, value["then"]));
  const summary: RuleSummary = {
    name,
    description: typeof value["description"] === "string" ? value["description"] : undefined,
    enabled: value["enabled"] !== false,
    source: on.source,
    collections: on.collections,
    operations: on.operations,
    origins: on.origins,
    actions: sharedActions(alike, then),
    readsBefore: reads.some(({ root }) => root === "before"),
    limited: then.some(({ limits }) => needsJournal(limits)),
    reads: shared(alike, namesOf(reads)),
  };
  context.written?.push({ located, summary, condition: when, entries: writtenEntries(context, { located, entries: value["then"] }, then) });
  return { summary, when, then };
}

/** What holds for entries that say nothing of their own. */
function readUsual(where: Reading, name: string, { retry, ifUncertain, expires, order, limits }: Row): Usual {
  return {
    retry: readRetry(where, retry, ["retry"]),
    ifUncertain: ifUncertain === "hold" ? "hold" : "retry",
    expiresMs: readExpires(where, expires, ["expires"]),
    order: readOrder(where, order, ["order"]) ?? "lane",
    limits: readLimits(where, { value: limits, at: ["limits"] }, [name]),
  };
}

/** They read a part of what another path reads, or nothing of the event. */
const WITHIN: ReadonlySet<string> = new Set(["element", LINK_ROOT, ...ITEM_ROOTS]);

function namesOf(reads: readonly Path[]): readonly string[] {
  const names: string[] = [];
  for (const path of reads) {
    const name = WITHIN.has(path.root) ? undefined : nameOfPath(path);
    if (name !== undefined && !names.includes(name)) names.push(name);
  }
  return names.length > 1 ? names.sort() : names;
}

function lowerWhen({ scope, report, named, extensions, marks }: RuleContext, located: Located, when: Value | undefined): Condition {
  if (when === undefined) return { kind: "const", value: true };
  return lowerCondition({ located, scope, report, named, extensions, marks, trail: [], inElement: false }, when, ["when"]);
}

function lowerEntries(context: ThenContext, entries: Value | undefined): ThenForm[] {
  const then: ThenForm[] = [];
  for (const [index, entry] of (Array.isArray(entries) ? (entries as readonly Value[]) : []).entries()) {
    const form = lowerThen(context, entry, ["then", index]);
    if (form === undefined) continue;
    if (then.some(({ name }) => name === form.name)) {
      const named = isRow(entry) && entry["name"] !== undefined;
      context.report.in(context.located, {
        code: "RULE_THEN_DUPLICATE",
        path: named ? ["then", index, "name"] : ["then", index],
        message: `Two entries of "then" are called ${JSON.stringify(form.name)}.`,
        remedy: 'Give this one a "name" of its own.',
      });
    }
    then.push(form);
  }
  return then;
}

/** The arguments of the actions of all entries that have no limits of their own; undefined where an action is not known. */
function actionsWithout({ services }: RuleContext, entries: Value | undefined): readonly (JsonSchema | undefined)[] {
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
  const { sources, report, alike } = context;
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
    collections: shared(alike, typeof collection === "string" ? [collection] : [...new Set(texts(collection))]),
    operations: operations === undefined ? USUAL_OPERATIONS : shared(alike, texts(operations) as Operation[]),
    origins: origins === undefined ? USUAL_ORIGINS : shared(alike, texts(origins) as On["origins"]),
  };
}

function texts(value: Value | undefined): string[] {
  return Array.isArray(value) ? (value as readonly Value[]).filter((item) => typeof item === "string") : [];
}
