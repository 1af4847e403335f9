import type { FromSchema, JsonSchema } from "@backstitch/core/connector";

export const configSchema = {
  type: "object",
  additionalProperties: false,
  allOf: [{ anyOf: [{ required: ["baseUrl"] }, { required: ["allowHosts"] }] }],
  properties: {
    baseUrl: {
      type: "string",
      pattern: "^https?://[^/?#@\\s\\\\]+(/[^?#\\s\\\\]*)?$",
      description: "Requests with a `path` go under this address: https://host/path, without credentials, query or fragment.",
    },
    allowHosts: {
      type: "array",
      minItems: 1,
      items: { type: "string", minLength: 1 },
      description:
        "Hosts that a `url` may name: `example.com`, `*.example.com` for all below it, `*` for any. Of https and the usual port, unless it says otherwise: `http://example.com:8080`.",
    },
    allowAddresses: {
      type: "array",
      items: { type: "string", pattern: "^[0-9a-fA-F:.]+/\\d{1,3}$" },
      description: "Networks inside that a `url` may lead to, such as 10.1.0.0/16 or fd00::/8. Absent: none.",
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
    previousSigningSecret: {
      type: "string",
      secret: true,
      description: "While receivers change over to a new `signingSecret`: each request has the signature by either.",
    },
    captureResponse: {
      type: "object",
      additionalProperties: false,
      properties: {
        headers: { type: "array", items: { type: "string" }, description: "Their names." },
        body: { type: "integer", minimum: 1, maximum: 16_384, description: "So many bytes from its beginning." },
      },
      description:
        "What the receipt keeps of an answer that takes the request: `headers` by name, and so many bytes of a `body` that is text.",
    },
    standIn: {
      type: "string",
      pattern: "^https?://[^/?#@\\s\\\\]+/?$",
      description: "Requests to a `url` go here instead: a local stand-in for all hosts, as `backstitch dev` has one.",
    },
  },
} as const satisfies JsonSchema;

/** One far side that is spoken to over plain HTTP, or the hosts that addresses in the data may name. */
export type HttpConfig = FromSchema<typeof configSchema>;
