import type { Operation } from "@backstitch/core/source";
import type { Problem } from "@backstitch/core/rules";
import type { Row } from "@backstitch/core/values";
import type { Marks } from "../condition/marks.ts";
import type { NamedConditions } from "../condition/lowering.ts";
import type { Located } from "../json/index.ts";
import type { RuleFiles } from "../files.ts";
import type { Condition } from "../condition/form.ts";
import type { Scope } from "../path/resolve-path.ts";
import type { ParsedTemplate, TemplateText } from "../template/parse-template.ts";
import type { ThenSurroundings } from "../rule/then-context.ts";
import { guardsOf, guardWorlds } from "./guards.ts";
import type { AnalysisInput, ColumnType } from "./input.ts";
import type { Node } from "./solver/leaf.ts";
import { newNormaliser, type Normaliser } from "./solver/normal.ts";
import { newSolver, type Solver } from "./solver/solve.ts";
import type { World } from "./solver/world.ts";
import type { WrittenGuard, WrittenRule } from "./written.ts";

/** What is looked at: the whole rule set. */
export interface Study {
  readonly files: RuleFiles;
  readonly rules: readonly StudiedRule[];
  readonly named: NamedConditions;
  /** The same as entries with `each` use them, which read more. */
  readonly namedInEach: NamedConditions;
  /** The guards of each service that has some. */
  readonly guards: ReadonlyMap<string, readonly WrittenGuard[]>;
  /** The same as guards use them. */
  readonly namedInGuards: NamedConditions;
  readonly marks: Marks;
  readonly input: AnalysisInput;
  readonly templates: ReadonlyMap<string, string>;
  /** The files of `values/`, by name. */
  readonly values: Row;
  readonly services: ThenSurroundings["services"];
  readonly links?: ThenSurroundings["links"] | undefined;
  parse(source: TemplateText, scope: Scope): ParsedTemplate | undefined;
  readonly normaliser: Normaliser;
  readonly solver: Solver;
}

export interface StudiedRule extends WrittenRule {
  readonly worlds: RuleWorlds;
}

/** The kinds of change that a rule may see. */
export interface RuleWorlds {
  /** What it looks at and the source sends. */
  readonly seen: readonly World[];
  /** If it looked at every operation. */
  readonly everyOperation: readonly World[];
  /** If nothing were known of the columns. */
  readonly untyped: readonly World[];
}

/** A condition and what it is asked of: a rule's, a guard's, or a named one by itself. */
export interface Asked {
  readonly located: Located;
  readonly node: Node;
  readonly worlds: RuleWorlds;
  /** What is true besides wherever it counts: the rule's condition, for that of an entry. */
  readonly context: readonly Node[];
  /** What it is true or false of: a guard's, of the call of an action. */
  readonly of: "change" | "call";
}

/** Looks for one kind of finding. */
export interface Check {
  /** Code → what it means, for the docs. */
  readonly finds: Readonly<Record<string, string>>;
  find(study: Study): Iterable<Problem>;
}

export const OPERATIONS: readonly Operation[] = ["insert", "update", "replace", "delete"];

/** What a study is made of. */
export interface Studied extends Omit<Study, "rules" | "normaliser" | "solver" | "guards" | "namedInGuards"> {
  readonly rules: readonly WrittenRule[];
}

export function newStudy(given: Studied): Study {
  const rules = given.rules.map((rule) => ({ ...rule, worlds: worldsOf(rule, given.input) }));
  return { ...given, rules, ...guardsOf(given), normaliser: newNormaliser(), solver: newSolver() };
}

function worldsOf({ summary }: WrittenRule, { sources, columns }: AnalysisInput): RuleWorlds {
  const { source, collections } = summary;
  const sent = sources?.get(source)?.operations ?? OPERATIONS;
  const tables = collections.map((collection) => columns?.get(source)?.get(collection));
  const [table] = tables;
  const column = (name: string): ColumnType | undefined => {
    const type = table?.get(name);
    return type === undefined || tables.some((other) => other?.get(name) !== type) ? undefined : type;
  };
  const world = (operation: Operation): World => ({ operation, source, collections, action: undefined, column });
  const seen = summary.operations.filter((operation) => sent.includes(operation)).map(world);
  return {
    seen,
    everyOperation: OPERATIONS.map(world),
    untyped: seen.map((one) => ({ ...one, column: () => undefined })),
  };
}

/** Of a condition by itself nothing is known but what it says. */
export const ANY_WORLD: RuleWorlds = (() => {
  const worlds = OPERATIONS.map((operation): World => ({
    operation,
    source: undefined,
    collections: undefined,
    action: undefined,
    column: () => undefined,
  }));
  return { seen: worlds, everyOperation: worlds, untyped: worlds };
})();

/** Every condition that somebody wrote: the rules' and their entries', the guards', and each named one once, by itself. */
export function* askedOf(study: Study): Iterable<Asked> {
  const { rules, normaliser } = study;
  for (const { located, condition, entries, worlds } of rules) {
    const node = normaliser.normal(condition);
    const asked = { located, node, worlds, context: [], of: "change" as const };
    yield asked;
    for (const { when } of entries) if (when !== undefined) yield { ...asked, node: normaliser.normal(when), context: [node] };
  }
  for (const guard of everyGuard(study)) {
    yield { located: guard.located, node: normaliser.normal(guard.condition), worlds: guardWorlds(guard), context: [], of: "call" };
  }
  yield* namedOnes(study);
}

function* namedOnes({ normaliser, named, namedInEach, namedInGuards }: Study): Iterable<Asked> {
  for (const [name, condition] of new Map([...namedInGuards.lowered, ...namedInEach.lowered, ...named.lowered])) {
    const located = named.file(name);
    const of = named.lowered.has(name) || namedInEach.lowered.has(name) ? "change" : "call";
    if (located !== undefined) yield { located, node: normaliser.normal(condition), worlds: ANY_WORLD, context: [], of };
  }
}

export function everyGuard({ guards }: Study): readonly WrittenGuard[] {
  return [...guards.values()].flat();
}

/** The condition of a rule or guard, and those of a rule's entries. */
export function conditionsOf({ condition, entries = [] }: Pick<WrittenRule, "condition"> & Partial<WrittenRule>): readonly Condition[] {
  return [condition, ...entries.flatMap(({ when }) => (when === undefined ? [] : [when]))];
}
