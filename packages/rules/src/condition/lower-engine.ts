import { isRow, type Row, type Value } from "@backstitch/core/values";
import type { TopLevelCondition } from "json-rules-engine";
import { under } from "../json/index.ts";
import { isPathFault, type Path } from "../path/resolve-path.ts";
import { checkEngine, type Gathered } from "./check-engine.ts";
import type { Condition, LibraryTest } from "./form.ts";
import { mayReject as mayRejectAs } from "./library/operators.ts";
import { plainValue, resolveFact } from "./library/path.ts";
import { complain, conjunction, disjunction, MOST_NODES, negation, NEVER, type At, type NamedLowering } from "./lowering.ts";
import { marked, markedGroup, markedReference } from "./marks.ts";
import { mayReject, partsOf } from "./size-of.ts";

/** Lowers a condition of json-rules-engine to what that library means by it. Only what names a developer's own facts or operators is left to it. */
export function lowerEngine(lowering: NamedLowering, value: Value, at: At): Condition {
  const gathered = checkEngine(lowering, value, at);
  if (gathered === undefined || !isRow(value)) return NEVER;
  return gathered.custom ? leftToLibrary(lowering, gathered, value, at) : lowerNode(lowering, value, at);
}

/** What was checked to be one of these. */
interface Checked {
  readonly condition?: string;
  readonly not?: Row;
  readonly all?: readonly Row[];
  readonly any?: readonly Row[];
}

interface FactName {
  readonly fact: string;
  readonly path?: string;
}

interface CheckedLeaf extends FactName {
  readonly operator: string;
  readonly value: Value;
}

function lowerNode(lowering: NamedLowering, node: Row, at: At): Condition {
  const { condition, not, all, any } = node as Checked;
  if (condition !== undefined) {
    const inside = under(at, "condition");
    return markedReference(lowering, lowering.lowerNamed(lowering, condition, inside), condition, inside);
  }
  if (not !== undefined) return marked(lowering, negation(lowerNode(lowering, not, under(at, "not"))), at);
  if (all !== undefined) return lowerGroup(lowering, "all", all, under(at, "all"));
  if (any !== undefined) return lowerGroup(lowering, "any", any, under(at, "any"));
  return marked(lowering, lowerLeaf(lowering, node as unknown as CheckedLeaf), at);
}

/** A group of none is true to the library, whichever it is. */
// oxlint-disable-next-line max-params -- a group is its kind, its parts and their place
function lowerGroup(lowering: NamedLowering, mode: "all" | "any", nodes: readonly Row[], at: At): Condition {
  markedGroup(lowering, nodes.length, at);
  if (nodes.length === 0) return marked(lowering, { kind: "const", value: true }, at);
  const ranked = nodes.map((node, index) => ({ rank: priorityOf(node), part: lowerNode(lowering, node, under(at, index)) }));
  const stages = stagesOf(ranked);
  const [first = [], ...later] = stages;
  const parts = later.length === 0 ? first : stages.flat();
  if (parts.length > 1 && parts.some(isRejecting)) return marked(lowering, { kind: "staged", mode, stages }, at);
  return marked(lowering, mode === "all" ? conjunction(parts) : disjunction(parts), at);
}

interface Ranked {
  readonly rank: number;
  readonly part: Condition;
}

/** Highest rank first; most groups are of one. */
function stagesOf(ranked: readonly Ranked[]): readonly (readonly Condition[])[] {
  const rank = ranked[0]?.rank;
  if (ranked.every((one) => one.rank === rank)) return [ranked.map(({ part }) => part)];
  const ranks = [...new Set(ranked.map((one) => one.rank))].sort((one, other) => other - one);
  return ranks.map((of) => ranked.filter((one) => one.rank === of).map(({ part }) => part));
}

/** Groups say it by their kind, since none of them is an expression's; a group of one stands for a named condition. */
function isRejecting(part: Condition): boolean {
  if (part.kind !== "not" && part.kind !== "and" && part.kind !== "or") return mayReject(part);
  const [only, second] = partsOf(part);
  return only !== undefined && second === undefined && isRejecting(only);
}

/** Facts have none of their own here: what names no priority has the library's default. */
function priorityOf({ priority }: Row): number {
  return typeof priority === "number" && priority !== 0 ? priority : 1;
}

function lowerLeaf({ scope }: NamedLowering, leaf: CheckedLeaf): LibraryTest {
  const { operator, value } = leaf;
  const byFact = isRow(value) && Object.hasOwn(value, "fact");
  const literal = plainValue(value);
  return {
    kind: "library",
    fact: factPath(leaf, scope),
    operator,
    operand: byFact ? { kind: "fact", fact: factPath(value as unknown as FactName, scope) } : { kind: "literal", value: literal },
    mayReject: mayRejectAs(operator, byFact ? undefined : { literal }),
  };
}

function factPath(leaf: FactName, scope: NamedLowering["scope"]): Path {
  const path = resolveFact(leaf, scope);
  if (path === undefined || isPathFault(path)) throw new RangeError(`"${leaf.fact}" was not checked.`);
  return path;
}

// oxlint-disable-next-line max-params -- what was found, and where
function leftToLibrary(lowering: NamedLowering, { reads, named }: Gathered, value: Row, at: At): Condition {
  if (engineSizeOf(value, named, new Map()) > MOST_NODES) {
    const message = `This condition has more than ${MOST_NODES} tests once its named conditions are put in.`;
    return complain(lowering, { code: "RULE_CONDITION_TOO_LARGE", path: at, message });
  }
  const plainNamed = new Map([...named].map(([name, row]) => [name, plain(row) as TopLevelCondition]));
  const { extensions } = lowering;
  return { kind: "engine", conditions: plain(value) as TopLevelCondition, named: plainNamed, reads, extensions };
}

/** How many conditions the library visits: a named one counts wherever it is used. */
function engineSizeOf(value: unknown, named: Gathered["named"], known: Map<string, number>): number {
  const { all, any, not, condition } = value as { all?: unknown[]; any?: unknown[]; not?: unknown; condition?: string };
  if (condition !== undefined) {
    const size = known.get(condition) ?? 1 + engineSizeOf(named.get(condition) ?? {}, named, known);
    known.set(condition, size);
    return size;
  }
  const parts = all ?? any ?? (not === undefined ? [] : [not]);
  return parts.reduce((sum: number, part) => sum + engineSizeOf(part, named, known), 1);
}

/** The library is given JavaScript numbers only, as deep as they lie. */
function plain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return isRow(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)])) : plainValue(value);
}
