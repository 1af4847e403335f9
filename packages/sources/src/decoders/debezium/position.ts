import { Decimal, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { timeFromMicros } from "../../values/times.ts";
import { own } from "../fields.ts";
import { hashOf, timeNow } from "../identity.ts";
import type { DecodeOptions } from "../options.ts";

/** Where in its log a change is, by connector; what is left out of them changes with the connector's version or restarts. */
const POSITION: ReadonlyMap<Value | undefined, readonly string[]> = new Map([
  ["postgresql", ["txId", "lsn"]],
  ["mysql", ["server_id", "gtid", "file", "pos", "row"]],
  ["mariadb", ["server_id", "gtid", "file", "pos", "row"]],
  ["sqlserver", ["commit_lsn", "change_lsn", "event_serial_no"]],
  ["db2", ["commit_lsn", "change_lsn"]],
  ["oracle", ["txId", "commit_scn", "scn", "rs_id", "ssn", "lcr_position"]],
  ["mongodb", ["rs", "ord"]],
]);

const VOLATILE: ReadonlySet<string> = new Set(["version", "sequence", "xmin", "query", "snapshot"]);

/**
 * What no other change has, and this one has however often it is sent or read: server, table, commit time, position in the log, and the hash of `what`,
 * since one position may have several rows (a COPY, a snapshot, a key that changed).
 */
export function idFrom(source: Row, what: Value): string {
  const names = POSITION.get(own(source, "connector")) ?? [];
  const position = names.map((name) => own(source, name)).filter((value) => value !== undefined && value !== null);
  const rest = rowFrom(Object.entries(source).filter(([name]) => !VOLATILE.has(name)));
  const place = ["name", "db", "schema", "table", "collection"].flatMap((name) => own(source, name) ?? []).map(partOf);
  return [...place, partOf(own(source, "ts_ms") ?? ""), ...position.map(partOf), hashOf(position.length === 0 ? [rest, what] : what)].join(
    "/",
  );
}

/** Short: what is no plain value has a hash. */
function partOf(value: Value): string {
  const isPlain = typeof value !== "object" || value === null || value instanceof Decimal;
  return isPlain ? String(value) : hashOf(value);
}

/** When the change was committed, as exactly as the source says it; a snapshot's rows have when they were read. */
export function commitTime(source: Row, options: DecodeOptions): string {
  const micros = microsAt(source, "ts_us") ?? microsAt(source, "ts_ms", 1_000n);
  return (micros === undefined ? undefined : timeFromMicros(micros)) ?? timeNow(options);
}

function microsAt(source: Row, name: string, factor = 1n): bigint | undefined {
  const value = own(source, name);
  if (typeof value === "bigint") return value * factor;
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? BigInt(value) * factor : undefined;
}
