import type { Readable } from "node:stream";
import type { AnyConnector } from "@backstitch/core/connector";
import { lambdaSources, type SourceType, type Tables } from "@backstitch/project";
import { dynamodb } from "./sources/dynamodb.ts";
import { http } from "./sources/http.ts";
import { mongodb } from "./sources/mongodb.ts";
import { postgres } from "./sources/postgres.ts";

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
