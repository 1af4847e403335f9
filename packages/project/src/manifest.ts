import type { JsonSchema } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import type { RuleFile } from "@backstitch/rules";
import { readJson, schemaProblems, type Located } from "@backstitch/rules/json";
import { policyProperties, readPolicy, type Policy } from "./policy.ts";
import { validate } from "./schema/validate.ts";

/** What `backstitch.json` may hold. What is in a source, in the journal and in the gateway is read where they are. */
export const manifestSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string" },
    description: { type: "string" },
    sources: {
      type: "object",
      minProperties: 1,
      description: "Where changes are read from, by the name that rules give.",
      additionalProperties: { type: "object" },
    },
    journal: { type: "object", description: "Where positions, events, deliveries and outcomes are kept." },
    gateway: { type: "object", description: "Collections over HTTP, under the rules of collections/." },
    receipts: { type: "object", description: "Where vendors tell what became of what they took." },
    defaults: {
      type: "object",
      additionalProperties: false,
      description: "What services do where their files say nothing.",
      properties: policyProperties,
    },
    connectors: {
      type: "object",
      description: "Connectors of others: the name that service files give, and the module it is imported from.",
      additionalProperties: { type: "string", minLength: 1 },
    },
  },
} as const satisfies JsonSchema;

const withSources = { ...manifestSchema, required: ["sources"] } as const satisfies JsonSchema;

/** `backstitch.json`, read. `located` is undefined where it is missing or is not JSON. */
export interface Manifest {
  readonly located: Located | undefined;
  readonly defaults: Policy;
  readonly problems: readonly Problem[];
}

/** @param hasWebhooks Whether changes may come by webhooks alone. */
export function readManifest(file: RuleFile | undefined, hasWebhooks: boolean): Manifest {
  if (file === undefined) return { located: undefined, defaults: {}, problems: [] };
  const { located, problems } = readJson(file.path, file.text, { quotes: false });
  if (located === undefined) return { located, defaults: {}, problems };
  const faults = validate(hasWebhooks ? manifestSchema : withSources)(located.value);
  const { policy, problems: inPolicy } = readPolicy(located, ["defaults"], {});
  return { located, defaults: policy, problems: [...problems, ...schemaProblems(located, faults, { code: "PROJECT" }), ...inPolicy] };
}
