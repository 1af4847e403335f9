import { Decimal, isRow, type Row, type Value } from "@backstitch/core/values";
import type { TopLevelCondition } from "json-rules-engine";
import { didYouMean, listOf } from "../json/index.ts";
import { isPathFault, resolveSegments, type Path } from "../path/resolve-path.ts";
import { parseEnginePath } from "./engine-path.ts";
import type { Condition } from "./form.ts";
import { complain, LONGEST_TRAIL, MOST_NODES, type At, type Lowering } from "./lowering.ts";

/** A condition of json-rules-engine has one of these at its top. */
export const ENGINE_KEYS = ["all", "any", "not", "condition"];

const LEAF_KEYS = ["fact", "operator", "value", "path", "params", "priority", "name"];
const OPERATORS = [
  "equal",
  "notEqual",
  "in",
  "notIn",
  "contains",
  "doesNotContain",
  "lessThan",
  "lessThanInclusive",
  "greaterThan",
  "greaterThanInclusive",
];
const DECORATORS = ["someFact", "everyFact", "someValue", "everyValue", "swap", "not"];

/** What is gathered on the way down, through named conditions too. */
interface Gathered {
  readonly reads: Path[];
  readonly facts: Set<string>;
  readonly named: Map<string, TopLevelCondition>;
}

/** Checks a condition of json-rules-engine as far as can be known before it runs, and leaves its meaning to the library. */
export function lowerEngine(lowering: Lowering, value: unknown, at: At): Condition {
  const gathered: Gathered = { reads: [], facts: new Set(), named: new Map() };
  const before = lowering.report.problems.length;
  checkNode(lowering, gathered, value as Value, at);
  if (!lowering.scope.roots.includes("after")) {
    const message = "A guard cannot be written as a condition of json-rules-engine yet.";
    return complain(lowering, {
      code: "RULE_CONDITION_INVALID",
      path: at,
      message,
      remedy: 'Write it as an expression: {"args.to": "+15550100"}.',
    });
  }
  if (lowering.report.problems.length > before) return { kind: "const", value: false };
  const { reads, facts, named } = gathered;
  if (engineSizeOf(value, named, new Map()) > MOST_NODES) {
    const message = `This condition has more than ${MOST_NODES} tests once its named conditions are put in.`;
    return complain(lowering, { code: "RULE_CONDITION_TOO_LARGE", path: at, message });
  }
  return { kind: "engine", conditions: plain(value as Value) as TopLevelCondition, named, facts: [...facts], reads };
}

function checkNode(lowering: Lowering, gathered: Gathered, value: Value, at: At): void {
  if (!isRow(value)) return invalid(lowering, at, `A condition is an object, not ${JSON.stringify(value)}.`);
  const kinds = ENGINE_KEYS.filter((key) => Object.hasOwn(value, key));
  const [kind] = kinds;
  if (kinds.length > 1) return invalid(lowering, at, `A condition has one of ${listOf(kinds)}, not several.`);
  if (kind === undefined) return checkLeaf(lowering, gathered, value, at);
  const foreign = Object.keys(value).find((key) => key !== kind && key !== "priority" && key !== "name");
  if (foreign !== undefined)
    invalid(lowering, [...at, foreign], `${JSON.stringify(foreign)} cannot stand beside ${JSON.stringify(kind)}.`, "key");
  const inner = value[kind] ?? null;
  if (kind === "condition") return checkReference(lowering, gathered, inner, [...at, kind]);
  if (kind === "not") return checkNode(lowering, gathered, inner, [...at, kind]);
  if (!Array.isArray(inner)) return invalid(lowering, [...at, kind], `${JSON.stringify(kind)} needs a list of conditions.`);
  inner.forEach((item: Value, index) => checkNode(lowering, gathered, item, [...at, kind, index]));
}

function checkReference(lowering: Lowering, gathered: Gathered, name: Value, at: At): void {
  if (typeof name !== "string") return invalid(lowering, at, '"condition" needs the name of a file in conditions/.');
  if (!lowering.named.names.includes(name)) {
    const message = `There is no condition ${JSON.stringify(name)}: conditions/${name}.json does not exist.`;
    lowering.report.in(lowering.located, {
      code: "RULE_CONDITION_UNKNOWN",
      path: at,
      message,
      remedy: didYouMean(name, lowering.named.names),
    });
    return;
  }
  if (lowering.trail.includes(name) || lowering.trail.length >= LONGEST_TRAIL) {
    const message = `The condition ${JSON.stringify(name)} refers to itself, or to others more than ${LONGEST_TRAIL} deep.`;
    return lowering.report.in(lowering.located, { code: "RULE_CONDITION_CYCLE", path: at, message });
  }
  const located = lowering.named.file(name);
  if (located === undefined || gathered.named.has(name)) return;
  const value = located.value as Value;
  if (!isRow(value) || !ENGINE_KEYS.some((key) => Object.hasOwn(value, key))) {
    return invalid(
      lowering,
      at,
      `The condition ${JSON.stringify(name)} is an expression; here only conditions with "all", "any", "not" or "condition" can be named.`,
    );
  }
  checkNode({ ...lowering, located, trail: [...lowering.trail, name] }, gathered, value, []);
  gathered.named.set(name, plain(value) as TopLevelCondition);
}

function checkLeaf(lowering: Lowering, gathered: Gathered, value: Row, at: At): void {
  for (const key of Object.keys(value)) {
    if (!LEAF_KEYS.includes(key))
      invalid(
        lowering,
        [...at, key],
        `A condition has no key ${JSON.stringify(key)}.`,
        "key",
        didYouMean(key, [...LEAF_KEYS, ...ENGINE_KEYS]),
      );
  }
  const missing = ["fact", "operator", "value"].filter((key) => !Object.hasOwn(value, key));
  if (missing.length > 0) invalid(lowering, at, `This condition has no ${missing.map((key) => JSON.stringify(key)).join(" and no ")}.`);
  if (Object.hasOwn(value, "fact")) checkFact(lowering, gathered, value, at);
  if (Object.hasOwn(value, "operator")) checkOperator(lowering, value["operator"] ?? null, [...at, "operator"]);
  const right = value["value"];
  if (isRow(right) && Object.hasOwn(right, "fact")) checkFact(lowering, gathered, right, [...at, "value"]);
}

function checkFact(lowering: Lowering, { reads, facts }: Gathered, leaf: Row, at: At): void {
  const { fact, path = "" } = leaf;
  if (typeof fact !== "string") return invalid(lowering, [...at, "fact"], '"fact" needs a name in quotes.');
  const segments = path === "" ? [] : typeof path === "string" ? parseEnginePath(path) : undefined;
  if (segments === undefined) {
    const message = `${JSON.stringify(path)} is not a definite path.`;
    const remedy = "Only names and indexes are read, as in $.address.city; filters, wildcards and scripts are not.";
    lowering.report.in(lowering.located, { code: "RULE_PATH_INVALID", path: [...at, "path"], message, remedy });
    return;
  }
  const resolved = resolveSegments([fact, ...segments], lowering.scope);
  if (isPathFault(resolved)) return lowering.report.in(lowering.located, { ...resolved, path: [...at, "fact"] });
  facts.add(fact);
  reads.push(resolved);
}

function checkOperator(lowering: Lowering, operator: Value, at: At): void {
  const names = typeof operator === "string" ? operator.split(":") : [""];
  const unknown = names.find((name, index) => !(index === names.length - 1 ? OPERATORS : DECORATORS).includes(name));
  if (unknown === undefined) return;
  const message = `json-rules-engine has no operator ${JSON.stringify(operator)}.`;
  lowering.report.in(lowering.located, {
    code: "RULE_OPERATOR_UNKNOWN",
    path: at,
    message,
    remedy: didYouMean(unknown, [...OPERATORS, ...DECORATORS]),
  });
}

// oxlint-disable-next-line max-params -- a complaint is these five words
function invalid(lowering: Lowering, path: At, message: string, what: "key" | "value" = "value", remedy?: string): void {
  lowering.report.in(lowering.located, { code: "RULE_CONDITION_INVALID", path, message, what, remedy });
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

/** The library compares JavaScript numbers only. */
function plain(value: Value): unknown {
  if (value instanceof Decimal) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  return isRow(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)])) : value;
}
