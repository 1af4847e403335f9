import type { SchemaFault, Secret } from "@backstitch/core/connector";
import type { SourceType } from "@backstitch/project";
import type { Shape } from "@backstitch/sources/decoders";

/** What a project file says of an http source. */
interface HttpConfig {
  readonly accepts: Shape;
  readonly host?: string;
  readonly port: number;
  readonly path?: string;
  readonly bearerToken?: Secret;
  readonly signingSecret?: Secret;
  readonly authentication?: "none";
  readonly collections?: { readonly [table: string]: string };
  readonly keys?: { readonly [collection: string]: readonly string[] };
  readonly maxBodyBytes?: number;
  readonly maxRequests?: number;
}

const SHAPES: readonly Shape[] = [
  "backstitch",
  "debezium",
  "debezium-mongodb",
  "mongodb",
  "atlas-eventbridge",
  "dynamodb",
  "dms",
  "neptune",
  "supabase",
];

const names = { type: "string", minLength: 1 } as const;

export const http: SourceType = {
  config: {
    type: "object",
    description: "Changes that are posted over HTTP, in the shape that a vendor sends, or as CloudEvents around it.",
    properties: {
      accepts: { enum: SHAPES, description: "What the bodies are." },
      host: { type: "string", minLength: 1, description: "Address to listen on. Default: 127.0.0.1, which only this machine reaches." },
      port: { type: "integer", minimum: 0, maximum: 65_535, description: "Port to listen on. 0: the system picks one, and says which." },
      path: { type: "string", pattern: "^/[^?#\\s]*$", description: "Where changes are posted to. Default: /" },
      bearerToken: { type: "string", secret: true, minLength: 1, description: "What `Authorization: Bearer …` must have." },
      signingSecret: {
        type: "string",
        secret: true,
        minLength: 1,
        description: "Checks signatures as Standard Webhooks say: `whsec_` and base64, or any text. https://www.standardwebhooks.com",
      },
      authentication: { enum: ["none"], description: "Whoever reaches the port may post; for 127.0.0.1 alone." },
      collections: { type: "object", additionalProperties: names, description: "What rules call a table, by what records call it." },
      keys: {
        type: "object",
        additionalProperties: { type: "array", items: names, minItems: 1 },
        description: "The primary key's fields by collection, for shapes that do not tell them. Default: id, where a row has one.",
      },
      maxBodyBytes: { type: "integer", minimum: 1_024, maximum: 67_108_864, description: "The largest body. Default: 1048576." },
      maxRequests: { type: "integer", minimum: 1, maximum: 10_000, description: "So many requests may be under way. Default: 64." },
    },
    required: ["accepts", "port"],
    anyOf: [{ required: ["bearerToken"] }, { required: ["signingSecret"] }, { required: ["authentication"] }],
    additionalProperties: false,
  },
  faults: faultsOf,
  sends: async ({ accepts }: HttpConfig) => (await import("@backstitch/sources/decoders")).shapeSends(accepts),
  async open(name: string, config: HttpConfig) {
    const { httpSource } = await import("@backstitch/sources/http");
    const tell = (url: string): void => console.error(`Source "${name}" takes changes at ${url}${config.path ?? "/"}.`);
    return httpSource({ name, ...config, ...(config.port === 0 ? { listening: tell } : {}) });
  },
};

/** Without a secret only this machine may reach it. */
function faultsOf({ host = "127.0.0.1", bearerToken, signingSecret }: HttpConfig): readonly SchemaFault[] {
  const isOpen = bearerToken === undefined && signingSecret === undefined && !/^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host);
  const isBroken = signingSecret !== undefined && /^whsec_(?![A-Za-z0-9+/]+={0,2}$)/.test(signingSecret.reveal());
  const open = `Anybody who reaches ${JSON.stringify(host)} could post changes: "authentication": "none" is for 127.0.0.1 alone. Give a "bearerToken" or a "signingSecret".`;
  const broken = '"signingSecret" starts with "whsec_", but base64 does not follow.';
  return [
    ...(isOpen ? [{ path: ["host"], keyword: "authentication", message: open }] : []),
    ...(isBroken ? [{ path: ["signingSecret"], keyword: "pattern", message: broken }] : []),
  ];
}
