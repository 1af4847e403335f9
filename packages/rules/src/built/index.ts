export type { RenderWhole } from "../arguments/make-argument.ts";
export type { Operator } from "../condition/operators/operator.ts";
export { openRules, type OpenedRules, type OpenRulesOptions } from "./open-rules.ts";
