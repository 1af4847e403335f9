import { gatewaySchema } from "../../../packages/project/src/gateway.ts";
import { journalSchema } from "../../../packages/project/src/journal.ts";
import { manifestSchema } from "../../../packages/project/src/manifest.ts";
import { receiptsSchema } from "../../../packages/project/src/receipts.ts";
import type { SourceType } from "../../../packages/project/src/tables.ts";
import { head, nameOrOther, type Json } from "./json.ts";
import { referenceDefs, writable } from "./references.ts";

/** `backstitch.json`: the sources that the command has are known by their `type`, another's configuration is any object. */
export function manifestFileSchema(sources: { readonly [type: string]: SourceType }): Json {
  const { properties, ...schema } = manifestSchema;
  const names = Object.entries(sources).map(([name, { config }]) => ({ name, says: config.description ?? "" }));
  const source = {
    type: "object",
    required: ["type"],
    properties: { type: nameOrOther(names, "What kind of source it is.") },
    allOf: Object.entries(sources).map(([type, { config }]) => knownSource(type, config)),
  };
  return {
    ...head("backstitch", "Backstitch project"),
    description: "What the project reads, where it keeps its record, and what its services do where their files say nothing.",
    ...schema,
    properties: {
      ...properties,
      sources: { ...properties.sources, additionalProperties: source },
      gateway: { ...writable(gatewaySchema), description: properties.gateway.description },
      receipts: { ...writable(receiptsSchema), description: properties.receipts.description },
      journal: { ...writable(journalSchema), description: properties.journal.description },
    },
    $defs: referenceDefs,
  };
}

function knownSource(type: string, config: SourceType["config"]): Json {
  const { properties, ...schema } = writable(config);
  return {
    if: { required: ["type"], properties: { type: { const: type } } },
    then: { ...schema, properties: { type: true, ...(properties as Json) } },
  };
}
