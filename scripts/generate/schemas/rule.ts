import { EVENT_ROOTS, ITEM_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { ruleSchema } from "../../../packages/rules/src/rule/schema.ts";
import { eitherDialect, engineDefs, expressionDefs } from "./condition.ts";
import { head, type Json } from "./json.ts";

/** Which entries have elements is for the compiler to know. */
const ROOTS = [...EVENT_ROOTS, ...ITEM_ROOTS];

/** The compiler's own schema of a rule, with what editors can know of `when`. */
export function ruleFileSchema(): Json {
  const { properties = {}, ...schema } = ruleSchema;
  const { items: entry = {} } = properties["then"] ?? {};
  const when = eitherDialect(entry.properties?.["when"]?.description);
  return {
    ...head("rule", "Backstitch rule"),
    ...schema,
    properties: {
      ...properties,
      when: eitherDialect(properties["when"]?.description),
      then: { ...properties["then"], items: { ...entry, properties: { ...entry.properties, when } } },
    },
    $defs: { ...expressionDefs(ROOTS), ...engineDefs(ROOTS) },
  };
}
