import type { JsonSchema } from "@backstitch/core/connector";
import type { Value } from "@backstitch/core/values";
import type { Facts } from "../facts/facts.ts";
import type { LocatedPath } from "../json/located.ts";

/** An argument, or a part of one: known now, or made of the event. */
export type Argument = { readonly kind: "constant"; readonly value: Value } | DynamicArgument;

export interface DynamicArgument {
  readonly kind: "dynamic";
  /** @throws ArgumentFault */
  render(facts: Facts): Value;
}

/** Which of the arguments, and what the action's schema says of it. */
export interface ArgumentPlace {
  readonly path: LocatedPath;
  readonly schema: JsonSchema | undefined;
}
