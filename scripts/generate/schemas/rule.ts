import type { JsonSchema } from "../../../packages/core/src/connector/index.ts";
import { EVENT_ROOTS, ITEM_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { ruleSchema } from "../../../packages/rules/src/rule/schema.ts";
import { eitherDialect, engineDefs, expressionDefs } from "./condition.ts";
import { head, type Json } from "./json.ts";

/** What the condition of an entry with `each` reads. */
const OF_ITEM = "item-";
const ITEM_SCOPE = [...EVENT_ROOTS, ...ITEM_ROOTS];

/** The compiler's own schema of a rule, with what editors can know of `when`. */
export function ruleFileSchema(): Json {
  const { properties: { then: entries = {}, ...properties } = {}, ...schema } = ruleSchema;
  const { items: entry = {}, ...list } = entries;
  const then = { ...list, items: { ...entry, properties: forEditors(entry.properties ?? {}), ...entryCondition } };
  return {
    ...head("rule", "Backstitch rule"),
    ...schema,
    properties: { ...forEditors(properties), when: { ...properties["when"], ...eitherDialect() }, then },
    $defs: {
      ...expressionDefs(EVENT_ROOTS),
      ...engineDefs(EVENT_ROOTS),
      ...expressionDefs(ITEM_SCOPE, OF_ITEM),
      ...engineDefs(ITEM_SCOPE, OF_ITEM),
    },
  };
}

/** Only where there is a list is there an element. */
const entryCondition: Json = {
  if: { required: ["each"] },
  then: { properties: { when: eitherDialect(OF_ITEM) } },
  else: { properties: { when: eitherDialect() } },
};

const ORDERS = [
  { enum: ["lane", "none"] },
  {
    type: "object",
    additionalProperties: false,
    required: ["by"],
    properties: { by: { type: "string", description: "The path whose value they share: after.customer" } },
  },
];

type Properties = Readonly<Record<string, JsonSchema>>;

/** Of a rule or an entry. */
function forEditors(properties: Properties): Json {
  const { order, ...others } = properties;
  return { ...others, order: { ...order, anyOf: ORDERS } };
}
