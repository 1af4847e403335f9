import type { Readable } from "node:stream";
import type { AnyConnector } from "@backstitch/core/connector";
import type { Secret } from "@backstitch/core/connector";
import { lambdaSources, type SourceType, type Tables } from "@backstitch/project";
import { dynamodb } from "./sources/dynamodb.ts";
import { http } from "./sources/http.ts";
import { mongodb } from "./sources/mongodb.ts";

/** What a project file says of a postgres source. */
export interface PostgresConfig {
  readonly connectionString: Secret;
  readonly slot?: string;
  readonly publication?: string;
  readonly snapshot?: readonly string[] | "all";
  readonly streaming?: boolean;
}

interface JsonlConfig {
  readonly path: string;
}

/** Loaded when a service names one: a vendor's SDK costs up to a tenth of a second. */
export const connectors: { readonly [type: string]: () => Promise<AnyConnector> } = {
  eventbridge: async () => (await import("@backstitch/connectors/eventbridge")).eventbridge,
  http: async () => (await import("@backstitch/connectors/http")).http,
  s3: async () => (await import("@backstitch/connectors/s3")).s3,
  ses: async () => (await import("@backstitch/connectors/ses")).ses,
  twilio: async () => (await import("@backstitch/connectors/twilio")).twilio,
};

const postgres: SourceType = {
  config: {
    type: "object",
    description: "PostgreSQL's write-ahead log, read by logical replication.",
    properties: {
      connectionString: { type: "string", secret: true, description: "postgres://user:password@host/database" },
      slot: { type: "string", pattern: "^[a-z0-9_]{1,63}$", description: "Replication slot. Default: backstitch_<source>." },
      publication: { type: "string", minLength: 1, description: "Publication. Default: backstitch_<source>." },
      snapshot: {
        anyOf: [{ const: "all" }, { type: "array", items: { type: "string", minLength: 1 } }],
        description: 'Tables whose rows are read once, as events of origin "snapshot"; "all": those of the publication. Default: none.',
      },
      streaming: {
        type: "boolean",
        description: "Whether large transactions are sent before they end (PostgreSQL 14 and later). Default: true.",
      },
    },
    required: ["connectionString"],
    additionalProperties: false,
  },
  sends: async () => (await import("@backstitch/sources/postgres")).postgresSends,
  async open(name: string, config: PostgresConfig) {
    const { postgresSource } = await import("@backstitch/sources/postgres");
    return postgresSource({ name, ...config });
  },
};

const jsonl: SourceType = {
  config: {
    type: "object",
    description: "Change events as JSON lines.",
    properties: { path: { type: "string", minLength: 1, description: 'A file, from the project\'s folder; "-" is standard input.' } },
    required: ["path"],
    additionalProperties: false,
  },
  async open(name: string, config: JsonlConfig, { folder }) {
    const [{ jsonlSource }, { resolve }] = await Promise.all([import("@backstitch/sources/jsonl"), import("node:path")]);
    const input = config.path === "-" ? { stream: standardInput() } : { path: resolve(folder, config.path) };
    return jsonlSource({ name, input });
  },
};

/** Whoever feeds it may keep it open for ever: a process that has nothing else to do ends all the same. */
function standardInput(): Readable {
  const stdin: Readable & { unref?: () => unknown } = process.stdin;
  stdin.unref?.();
  return stdin;
}

export const tables: Tables = { connectors, sources: { dynamodb, http, jsonl, mongodb, postgres, ...lambdaSources } };
