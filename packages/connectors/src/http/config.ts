import type { FromSchema, JsonSchema } from "@backstitch/core/connector";

export const configSchema = {
  type: "object",
  additionalProperties: false,
  required: ["baseUrl"],
  properties: {
    baseUrl: {
      type: "string",
      pattern: "^https?://[^/?#@\\s\\\\]+(/[^?#\\s\\\\]*)?$",
      description: "Every request goes under this address: https://host/path, without credentials, query or fragment.",
    },
    headers: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Sent with every request; an action cannot change them.",
    },
    bearerToken: { type: "string", secret: true, description: "Sent as `Authorization: Bearer …`." },
    signingSecret: {
      type: "string",
      secret: true,
      description: "Signs every request as Standard Webhooks say: `whsec_` and base64, or any text. https://www.standardwebhooks.com",
    },
  },
} as const satisfies JsonSchema;

/** One far side that is spoken to over plain HTTP. */
export type HttpConfig = FromSchema<typeof configSchema>;
