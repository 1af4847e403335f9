export { columnsOfPostgres, type ColumnType } from "./columns.ts";
export type { Finding } from "./findings.ts";
export { backfillPostgres } from "./snapshot/backfill.ts";
export type { PostgresSourceOptions } from "./options.ts";
export { postgresSends } from "./sends.ts";
export { setupPostgres, type SetupStep } from "./setup.ts";
export { postgresSource } from "./source.ts";
export type { TableNeed } from "./tables.ts";
export { verifyPostgres } from "./verify.ts";
