import type { JsonSchema, SchemaFault } from "@backstitch/core/connector";
import type { ErrorObject } from "ajv/dist/2020.js";
import { faultsOf } from "./faults.ts";

/** What ajv makes of a schema, compiled just now or long before. */
export interface Accepts {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null | undefined;
}

/** Whether what is said of a value may quote it. */
export interface Words {
  readonly quotes: boolean;
}

/** Says for people what a validator finds. */
export function checkBy(accepts: Accepts, schema: JsonSchema, words: Words): (value: unknown) => readonly SchemaFault[] {
  return (value) => (accepts(value) ? [] : faultsOf(accepts.errors ?? [], schema, value, words));
}
