import { randomBytes } from "node:crypto";
import { SourceMisconfigured } from "@backstitch/core/source";
import { connect } from "../connect.ts";
import { settingsOf, type PostgresSourceOptions } from "../options.ts";
import { literal } from "../sql.ts";
import { snapshotFindings } from "./findings.ts";
import { emitting, type BackfillRequest } from "./message.ts";

/**
 * Asks whoever reads the source's slot, now or next, to read these tables beside the log, as events of origin `snapshot`.
 * The request is in the log: it is durable, and is begun at its place there. Returns its id, which the partitions `snapshot/<id>/<collection>` have.
 * @throws SourceMisconfigured where a table cannot be read so, or there is no slot; nothing is asked then.
 */
export async function backfillPostgres(options: PostgresSourceOptions, collections: readonly string[]): Promise<string> {
  const settings = settingsOf(options);
  const { name, slot } = settings;
  const connection = await connect(settings);
  try {
    const found = await connection.query(`SELECT 1 FROM pg_replication_slots WHERE slot_name = ${literal(slot)}`);
    if (found.length === 0)
      throw new SourceMisconfigured(`There is no replication slot "${slot}" of source "${name}". Run "backstitch setup".`);
    const findings = await snapshotFindings(connection, settings, collections);
    if (findings.length > 0) throw new SourceMisconfigured(findings.map(({ message }) => message).join("\n"));
    const request: BackfillRequest = { slot, id: newId(settings.clock()), collections };
    await connection.query(`SET default_transaction_read_only = off`);
    await connection.query(emitting("backstitch-backfill", JSON.stringify(request)));
    return request.id;
  } finally {
    await connection.close();
  }
}

/** In the order of time for people, and no other's of the same second. */
function newId(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z-${randomBytes(3).toString("hex")}`;
}
