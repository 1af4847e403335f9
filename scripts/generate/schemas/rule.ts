import type { JsonSchema } from "../../../packages/core/src/connector/index.ts";
import { EVENT_ROOTS, ITEM_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { NOT_YET } from "../../../packages/rules/src/rule/not-yet.ts";
import { ruleSchema } from "../../../packages/rules/src/rule/schema.ts";
import { eitherDialect, engineDefs, expressionDefs } from "./condition.ts";
import { head, type Json } from "./json.ts";

/** Which entries have elements is for the compiler to know. */
const ROOTS = [...EVENT_ROOTS, ...ITEM_ROOTS];

/** The compiler's own schema of a rule, with what editors can know of `when`, and without keys that are a problem wherever they stand. */
export function ruleFileSchema(): Json {
  const { properties: { then: entries = {}, ...properties } = {}, ...schema } = ruleSchema;
  const { items: entry = {}, ...list } = entries;
  const then = { ...list, items: { ...entry, properties: forEditors(entry.properties ?? {}) } };
  return {
    ...head("rule", "Backstitch rule"),
    ...schema,
    properties: { ...forEditors(properties), then },
    $defs: { ...expressionDefs(ROOTS), ...engineDefs(ROOTS) },
  };
}

type Properties = Readonly<Record<string, JsonSchema>>;

/** Of a rule or an entry. */
function forEditors(properties: Properties): Json {
  const { when, retry, ...others } = without(properties, NOT_YET.entry);
  const { properties: policy = {}, ...rest } = retry ?? {};
  return {
    ...others,
    when: eitherDialect(when?.description),
    retry: { ...rest, properties: without(policy, NOT_YET.retry) },
  };
}

function without(properties: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !keys.includes(key)));
}
