import { isRow, type Row, type Value } from "@backstitch/core/values";
import { didYouMean, listOf, under } from "../json/index.ts";
import { isPathFault, type Path } from "../path/resolve-path.ts";
import { LIBRARY_DECORATORS, LIBRARY_OPERATORS } from "./library/operators.ts";
import { resolveFact } from "./library/path.ts";
import { endlessTrail, type At, type Lowering } from "./lowering.ts";
import { shown } from "./shown.ts";

/** A condition of json-rules-engine has one of these at its top. */
export const ENGINE_KEYS = ["all", "any", "not", "condition"];

const LEAF_KEYS = ["fact", "operator", "value", "path", "params", "priority", "name"];

/** What is gathered on the way down, through named conditions too. */
export interface Gathered {
  readonly reads: Path[];
  readonly named: Map<string, Row>;
  /** A fact or an operator of a developer's own takes part: only the library itself can decide. */
  custom: boolean;
}

/** Checks a condition of json-rules-engine as far as can be known before it runs; undefined where there are problems. */
export function checkEngine(lowering: Lowering, value: Value, at: At): Gathered | undefined {
  const gathered: Gathered = { reads: [], named: new Map(), custom: false };
  const before = lowering.report.problems.length;
  checkNode(lowering, gathered, value, at);
  return lowering.report.problems.length > before ? undefined : gathered;
}

function checkNode(lowering: Lowering, gathered: Gathered, value: Value, at: At): void {
  if (!isRow(value)) return invalid(lowering, at, `A condition is an object, not ${shown(value)}.`);
  const kinds = ENGINE_KEYS.filter((key) => Object.hasOwn(value, key));
  const [kind] = kinds;
  if (kinds.length > 1) return invalid(lowering, at, `A condition has one of ${listOf(kinds)}, not several.`);
  if (kind === undefined) return checkLeaf(lowering, gathered, value, at);
  const foreign = Object.keys(value).find((key) => key !== kind && key !== "priority" && key !== "name");
  if (foreign !== undefined)
    invalid(lowering, under(at, foreign), `${JSON.stringify(foreign)} cannot stand beside ${JSON.stringify(kind)}.`, "key");
  checkPriority(lowering, value, at);
  const inner = value[kind] ?? null;
  if (kind === "condition") return checkReference(lowering, gathered, inner, under(at, kind));
  if (kind === "not") return checkNode(lowering, gathered, inner, under(at, kind));
  if (!Array.isArray(inner)) return invalid(lowering, under(at, kind), `${JSON.stringify(kind)} needs a list of conditions.`);
  const inside = under(at, kind);
  inner.forEach((item: Value, index) => checkNode(lowering, gathered, item, under(inside, index)));
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
  const endless = endlessTrail(lowering, name);
  if (endless !== undefined) return lowering.report.in(lowering.located, { ...endless, path: at });
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
  gathered.named.set(name, value);
}

function checkLeaf(lowering: Lowering, gathered: Gathered, value: Row, at: At): void {
  for (const key of Object.keys(value)) {
    if (!LEAF_KEYS.includes(key))
      invalid(
        lowering,
        under(at, key),
        `A condition has no key ${JSON.stringify(key)}.`,
        "key",
        didYouMean(key, [...LEAF_KEYS, ...ENGINE_KEYS]),
      );
  }
  const missing = ["fact", "operator", "value"].filter((key) => !Object.hasOwn(value, key));
  if (missing.length > 0) invalid(lowering, at, `This condition has no ${missing.map((key) => JSON.stringify(key)).join(" and no ")}.`);
  if (Object.hasOwn(value, "fact")) checkFact(lowering, gathered, value, at);
  if (Object.hasOwn(value, "operator")) checkOperator(lowering, gathered, value["operator"] ?? null, under(at, "operator"));
  checkPriority(lowering, value, at);
  const right = value["value"];
  if (isRow(right) && Object.hasOwn(right, "fact")) checkFact(lowering, gathered, right, under(at, "value"));
}

/** The library sorts by it; anything but a whole number would sort by chance. */
function checkPriority(lowering: Lowering, { priority }: Row, at: At): void {
  if (priority === undefined || Number.isSafeInteger(priority)) return;
  invalid(lowering, under(at, "priority"), '"priority" needs a whole number.');
}

function checkFact(lowering: Lowering, gathered: Gathered, leaf: Row, at: At): void {
  const { fact, path = "" } = leaf;
  if (typeof fact !== "string") return invalid(lowering, under(at, "fact"), '"fact" needs a name in quotes.');
  if (lowering.extensions.facts.has(fact)) {
    gathered.custom = true;
    return;
  }
  const resolved = typeof path === "string" ? resolveFact({ fact, path }, lowering.scope) : undefined;
  if (resolved === undefined) {
    const message = `${JSON.stringify(path)} is not a definite path.`;
    const begin = typeof path === "string" && path.startsWith(".") ? `Did you mean ${JSON.stringify(`$${path}`)}?` : undefined;
    const remedy = begin ?? "Only names and indexes are read, as in $.address.city; filters, wildcards and scripts are not.";
    lowering.report.in(lowering.located, { code: "RULE_PATH_INVALID", path: under(at, "path"), message, remedy });
    return;
  }
  if (isPathFault(resolved)) return lowering.report.in(lowering.located, { ...resolved, path: under(at, "fact") });
  gathered.reads.push(resolved);
}

function checkOperator(lowering: Lowering, gathered: Gathered, operator: Value, at: At): void {
  const { operators } = lowering.extensions;
  const names = typeof operator === "string" ? operator.split(":") : [""];
  const name = names.pop() ?? "";
  if (operators.has(name)) gathered.custom = true;
  const undecorated = LIBRARY_OPERATORS.includes(name) || operators.has(name) ? undefined : name;
  const unknown = names.find((decorator) => !LIBRARY_DECORATORS.includes(decorator)) ?? undecorated;
  if (unknown === undefined) return;
  const message = `json-rules-engine has no operator ${JSON.stringify(operator)}.`;
  lowering.report.in(lowering.located, {
    code: "RULE_OPERATOR_UNKNOWN",
    path: at,
    message,
    remedy: didYouMean(unknown, [...LIBRARY_OPERATORS, ...operators.keys(), ...LIBRARY_DECORATORS]),
  });
}

// oxlint-disable-next-line max-params -- a complaint is these five words
function invalid(lowering: Lowering, path: At, message: string, what: "key" | "value" = "value", remedy?: string): void {
  lowering.report.in(lowering.located, { code: "RULE_CONDITION_INVALID", path, message, what, remedy });
}
