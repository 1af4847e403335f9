export { postgresSource } from "./source.ts";
export type { PostgresSourceOptions } from "./options.ts";
export { setupPostgres, type SetupStep } from "./setup.ts";
export type { TableNeed } from "./tables.ts";
