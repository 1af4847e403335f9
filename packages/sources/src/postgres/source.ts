import type { Source } from "@backstitch/core/source";
import { PARTITION } from "./batches.ts";
import { extentOf } from "./extent.ts";
import { settingsOf, type PostgresSourceOptions } from "./options.ts";
import { readPostgres } from "./read.ts";

/**
 * Reads committed changes from PostgreSQL's write-ahead log by logical replication (`pgoutput`).
 * Publication, slot and replica identities must exist: see `setupPostgres`. One process reads a slot at a time.
 *
 * - Nothing is acknowledged before the journal has it, and only whole commits are.
 * - `before` and `changed` are known under REPLICA IDENTITY FULL; under the default an unchanged TOAST value is named in `unsent`.
 * - `numeric` is Decimal; `bigint` a number while safe; `timestamp` without time zone is taken as UTC; ranges, intervals (ISO 8601), enums
 *   and what else has no better form are text as the server prints it.
 * - TRUNCATE and logical messages make no event.
 *
 * https://www.postgresql.org/docs/current/logicaldecoding.html
 */
export function postgresSource(options: PostgresSourceOptions): Source {
  const settings = settingsOf(options);
  return {
    name: settings.name,
    read: (from, accept, signal) => readPostgres({ settings, positions: from, accept, signal }),
    extent: (from, signal) => extentOf(settings, from.get(PARTITION), signal),
  };
}
