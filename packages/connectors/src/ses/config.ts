import type * as Sdk from "@aws-sdk/client-ses";
import type { FromSchema, JsonSchema } from "@backstitch/core/connector";
import { awsConfig } from "../aws/config.ts";
import { receiptsConfig } from "./receipts.ts";

export const configSchema = {
  type: "object",
  properties: {
    ...awsConfig,
    from: { type: "string", minLength: 3, description: "Sender of mails that name none." },
    configurationSet: {
      type: "string",
      pattern: "^[A-Za-z0-9_-]{1,64}$",
      description: "Carries SES's events about what became of a mail.",
    },
    reportsRenderingFailures: {
      type: "boolean",
      description:
        "The configuration set has an event destination for rendering failures. `sendTemplated` needs it: SES accepts a mail that it cannot render, and drops it.",
    },
    ...receiptsConfig,
  },
  required: ["region"],
  additionalProperties: false,
} as const satisfies JsonSchema;

/** One account of SES in one region. */
export type SesConfig = FromSchema<typeof configSchema>;

/** SES's SDK, connected. */
export interface SesClient {
  readonly sdk: typeof Sdk;
  readonly aws: Sdk.SESClient;
  readonly config: SesConfig;
}
