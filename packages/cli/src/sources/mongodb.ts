import type { Secret } from "@backstitch/core/connector";
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
  sends: async (config: MongodbConfig) => (await import("@backstitch/sources/mongodb")).mongodbSends(config),
  async open(name: string, config: MongodbConfig) {
    const { mongodbSource } = await import("@backstitch/sources/mongodb");
    return mongodbSource({ name, ...config });
  },
};
