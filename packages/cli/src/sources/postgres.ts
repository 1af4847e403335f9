import type { Secret } from "@backstitch/core/connector";
import { parseBytes, type SourceType } from "@backstitch/project";
import type { PostgresSourceOptions } from "@backstitch/sources/postgres";

/** What a project file says of a postgres source. */
export interface PostgresConfig {
  readonly connectionString: Secret;
  readonly slot?: string;
  readonly publication?: string;
  readonly snapshot?: readonly string[] | "all";
  readonly streaming?: boolean;
  readonly failover?: boolean;
  readonly lagWarning?: number | string;
}

export const postgres: SourceType = {
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
      failover: {
        type: "boolean",
        description: "Whether the slot is copied to standbys (PostgreSQL 17 and later). Default: where the server can.",
      },
      lagWarning: {
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "string", pattern: "^\\d{1,15}(\\.\\d{1,6})? ?([KMGT]i?B|B)?$" },
        ],
        description: 'Beyond how much log that the server keeps for the slot it is warned of: "10GB", or a number of bytes. Default: 1GiB.',
      },
    },
    required: ["connectionString"],
    additionalProperties: false,
  },
  sends: async () => (await import("@backstitch/sources/postgres")).postgresSends,
  async open(name: string, config: PostgresConfig) {
    const { postgresSource } = await import("@backstitch/sources/postgres");
    return postgresSource(postgresOptions(name, config));
  },
};

export function postgresOptions(name: string, { lagWarning, ...config }: PostgresConfig): PostgresSourceOptions {
  const bytes = typeof lagWarning === "string" ? parseBytes(lagWarning) : lagWarning;
  return { name, ...config, ...(bytes === undefined ? {} : { lagWarning: bytes }) };
}
