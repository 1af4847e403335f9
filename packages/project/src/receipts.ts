import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import type { Problem } from "@backstitch/core/rules";
import { receiptsUrl, type ServiceDefinition } from "@backstitch/core/runtime";
import { valueAt, type Located } from "@backstitch/rules/json";
import { readConfiguration } from "./configuration.ts";
import type { Environment } from "./environment.ts";
import { validate } from "./schema/validate.ts";

/** Where far sides tell what became of what they took. */
export interface ReceiptsSettings {
  /** @default "127.0.0.1" */
  readonly host: string;
  /** 0: the system picks. Undefined: no process listens here, as where a Lambda function does. */
  readonly port: number | undefined;
  /** As far sides reach it. Undefined: the variable that it is in is not set, and that is no problem here. */
  readonly publicUrl: string | undefined;
}

const AT = ["receipts"];

export const receiptsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["publicUrl"],
  properties: {
    publicUrl: {
      type: "string",
      pattern: "^https?://[^/?#\\s@]+(?:/[^?#\\s]*)?$",
      description: "The address by which vendors reach this place. Receipts of a service go to /receipts/SERVICE below it.",
    },
    host: { type: "string", minLength: 1, description: "Address to listen on. Default: 127.0.0.1, which only this machine reaches." },
    port: { type: "integer", minimum: 0, maximum: 65_535, description: "Port to listen on. Absent: a Lambda function takes the receipts." },
  },
} as const satisfies JsonSchema;

/** Reads `receipts` of `backstitch.json`. */
export function readReceipts(
  located: Located | undefined,
  environment: Environment,
): { readonly receipts: ReceiptsSettings | undefined; readonly problems: readonly Problem[] } {
  const written = located === undefined ? undefined : valueAt(located, AT);
  if (located === undefined || written === undefined) return { receipts: undefined, problems: [] };
  const { value, problems } = readConfiguration(written, { located, at: AT, schema: receiptsSchema, validate, environment }, "RECEIPTS");
  if (problems.length > 0) return { receipts: undefined, problems };
  const { host = "127.0.0.1", port, publicUrl } = value as Partial<FromSchema<typeof receiptsSchema>>;
  return { receipts: { host, port, publicUrl }, problems };
}

/** The configuration with the address of the service's receipts, where its connector takes one, and nothing else is written there. */
export function withCallback(
  config: unknown,
  { name, connector }: Pick<ServiceDefinition, "name" | "connector">,
  receipts: ReceiptsSettings | undefined,
): unknown {
  const { callback } = connector.receipts ?? {};
  if (callback === undefined || receipts?.publicUrl === undefined) return config;
  const given = config as Readonly<Record<string, unknown>>;
  return given[callback] === undefined ? { ...given, [callback]: receiptsUrl(receipts.publicUrl, name) } : config;
}
