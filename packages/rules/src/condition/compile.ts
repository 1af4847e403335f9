import { compileWith, type CompiledCondition } from "./compiled-condition.ts";
import type { Condition } from "./form.ts";
import { OPERATORS } from "./operators/index.ts";

export type { CompiledCondition, Decide } from "./compiled-condition.ts";

export function compileCondition(form: Condition): CompiledCondition {
  return compileWith(OPERATORS, form);
}
