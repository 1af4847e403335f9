import { EVENT_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { ruleSchema } from "../../../packages/rules/src/rule/schema.ts";
import { eitherDialect, engineDefs, expressionDefs } from "./condition.ts";
import { head, type Json } from "./json.ts";

/** The compiler's own schema of a rule, with what editors can know of `when`. */
export function ruleFileSchema(): Json {
  const { properties = {}, ...schema } = ruleSchema;
  return {
    ...head("rule", "Backstitch rule"),
    ...schema,
    properties: { ...properties, when: eitherDialect(properties["when"]?.description) },
    $defs: { ...expressionDefs(EVENT_ROOTS), ...engineDefs(EVENT_ROOTS) },
  };
}
