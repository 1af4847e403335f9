import type { SchemaFault, Secret } from "@backstitch/core/connector";
import type { SourceType } from "@backstitch/project";

/** What a project file says of a mongodb source. */
interface MongodbConfig {
  readonly connectionString: Secret;
  readonly database?: string;
  readonly collection?: string;
  readonly fullDocument?: "default" | "updateLookup" | "whenAvailable" | "required";
  readonly fullDocumentBeforeChange?: "off" | "whenAvailable" | "required";
  readonly startAt?: string;
  readonly onLost?: "stop" | "restart-now";
  readonly splitLargeEvents?: boolean;
}

export const mongodb: SourceType = {
  config: {
    type: "object",
    description: "MongoDB's change stream of a collection, a database or a deployment.",
    properties: {
      connectionString: { type: "string", secret: true, description: "mongodb://user:password@host/ or mongodb+srv://…" },
      database: { type: "string", minLength: 1, description: "Default: all databases." },
      collection: { type: "string", minLength: 1, description: 'Default: all collections of the database. Takes a "database".' },
      fullDocument: {
        enum: ["default", "updateLookup", "whenAvailable", "required"],
        description: 'Where "after" of an update comes from. Default: "default", what the update itself tells.',
      },
      fullDocumentBeforeChange: { enum: ["off", "whenAvailable", "required"], description: 'Whether "before" is sent. Default: "off".' },
      startAt: { type: "string", minLength: 1, description: "Where the first start begins, like 2026-01-31T12:00:00Z. Default: now." },
      onLost: {
        enum: ["stop", "restart-now"],
        description: 'When changes can no longer be had: "stop", or go on from now with a dead letter. Default: "stop".',
      },
      splitLargeEvents: {
        type: "boolean",
        description: "Whether events over 16 MB are asked for in fragments. Default: from MongoDB 7.0 on.",
      },
    },
    required: ["connectionString"],
    additionalProperties: false,
  },
  faults: faultsOf,
  sends: async (config: MongodbConfig) => (await import("@backstitch/sources/mongodb")).mongodbSends(config),
  async open(name: string, config: MongodbConfig) {
    const { mongodbSource } = await import("@backstitch/sources/mongodb");
    return mongodbSource({ name, ...config });
  },
};

/** RFC 3339 to the second: the oplog counts seconds since 1970, in 32 bits. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const LAST_MS = 2 ** 32 * 1_000;

function faultsOf({ database, collection, startAt }: MongodbConfig): readonly SchemaFault[] {
  const isHomeless = collection !== undefined && database === undefined;
  const ms = startAt === undefined ? 1_000 : TIME.test(startAt) ? Date.parse(startAt) : NaN;
  const isTime = ms >= 1_000 && ms < LAST_MS;
  const homeless = 'A "collection" takes a "database". Add the one that it is in.';
  const timeless = `"startAt" is ${JSON.stringify(startAt)}; it must be a time like 2026-01-31T12:00:00Z, after 1970 and before 2106.`;
  return [
    ...(isHomeless ? [{ path: ["collection"], keyword: "required", message: homeless }] : []),
    ...(isTime ? [] : [{ path: ["startAt"], keyword: "format", message: timeless }]),
  ];
}
