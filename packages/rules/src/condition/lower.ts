import { isRow, type Value } from "@backstitch/core/values";
import { didYouMean } from "../json/index.ts";
import { isLargerThan } from "./size-of.ts";
import type { Condition } from "./form.ts";
import { ENGINE_KEYS } from "./check-engine.ts";
import { lowerEngine } from "./lower-engine.ts";
import { lowerExpression } from "./lower-expression.ts";
import { marked } from "./marks.ts";
import { complain, endlessTrail, MOST_NODES, type At, type Lowering } from "./lowering.ts";

/** Lowers a condition of either dialect, told apart by its top-level keys. */
export function lowerCondition(lowering: Lowering, value: unknown, at: At): Condition {
  const lower = isEngineDialect(value) ? lowerEngine : lowerExpression;
  const condition = marked(lowering, lower({ ...lowering, lowerNamed, lowerExpression }, value as Value, at), at);
  if (!isLargerThan(condition, MOST_NODES)) return condition;
  return complain(lowering, {
    code: "RULE_CONDITION_TOO_LARGE",
    path: at,
    message: `This condition has more than ${MOST_NODES} tests once its named conditions are put in.`,
  });
}

export function isEngineDialect(value: unknown): boolean {
  return isRow(value as Value) && ENGINE_KEYS.some((key) => Object.hasOwn(value as object, key));
}

/** The condition that `conditions/<name>.json` holds. */
export function lowerNamed(lowering: Lowering, name: string, at: At): Condition {
  const known = lowering.named.lowered.get(name);
  if (known !== undefined) return known;
  if (!lowering.named.names.includes(name)) {
    return complain(lowering, {
      code: "RULE_CONDITION_UNKNOWN",
      path: at,
      message: `There is no condition ${JSON.stringify(name)}: conditions/${name}.json does not exist.`,
      remedy: didYouMean(name, lowering.named.names),
    });
  }
  const endless = endlessTrail(lowering, name);
  if (endless !== undefined) return complain(lowering, { ...endless, path: at });
  const located = lowering.named.file(name);
  if (located === undefined) return { kind: "const", value: false };
  const inside: Lowering = { ...lowering, located, trail: [...lowering.trail, name], inElement: false };
  const condition = lowerCondition(inside, located.value, []);
  lowering.named.lowered.set(name, condition);
  return condition;
}
