import type { AnyConnector } from "../../../packages/core/src/connector/index.ts";
import { limitsSchema, unitsOf } from "../../../packages/project/src/limits.ts";
import { serviceSchema } from "../../../packages/project/src/services.ts";
import { guardsSchema } from "../../../packages/rules/src/guard/schema.ts";
import { GUARD_ROOTS } from "../../../packages/rules/src/path/resolve-path.ts";
import { expressionDefs } from "./condition.ts";
import { head, nameOrOther, type Json } from "./json.ts";
import { referenceDefs, writable } from "./references.ts";

/** A service file: the connectors that Backstitch has are known by their `connector`, another's `config` is any object. */
export function serviceFileSchema(connectors: readonly AnyConnector[]): Json {
  const { properties } = serviceSchema;
  const names = connectors.map(({ type, summary }) => ({ name: type, says: summary }));
  return {
    ...head("service", "Backstitch service"),
    description: "A named, configured connector: one account, its secrets by reference, and what it may be used for.",
    ...serviceSchema,
    properties: {
      ...properties,
      connector: nameOrOther(names, properties.connector.description),
      guards: { ...guardsSchema, items: withExpression(guardsSchema.items) },
    },
    allOf: connectors.map(knownConnector),
    $defs: { ...referenceDefs, ...expressionDefs(GUARD_ROOTS) },
  };
}

function withExpression(guard: typeof guardsSchema.items): Json {
  const { when, ...properties } = guard?.properties ?? {};
  return { ...guard, properties: { ...properties, when: { description: when?.description, $ref: "#/$defs/expression" } } };
}

function knownConnector(connector: AnyConnector): Json {
  const { type, config, actions } = connector;
  const action = { enum: Object.keys(actions) };
  const units = unitsOf(connector).map((unit) => [unit, limitsSchema.additionalProperties]);
  const limits = { properties: { ...limitsSchema.properties, ...Object.fromEntries(units) }, additionalProperties: false };
  return {
    if: { required: ["connector"], properties: { connector: { const: type } } },
    then: {
      ...(config.required === undefined ? {} : { required: ["config"] }),
      properties: {
        config: writable(config),
        guards: { items: { properties: { actions: { items: action } } } },
        limits,
      },
    },
  };
}
