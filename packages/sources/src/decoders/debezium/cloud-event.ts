import { isRow, rowFrom, type Row, type Value } from "@backstitch/core/values";
import { own } from "../fields.ts";

const PREFIX = "iodebezium";

const SOURCE =
  "version connector name ts_ms ts_us ts_ns snapshot db sequence schema table txId lsn xmin server_id gtid file pos row thread query " +
  "change_lsn commit_lsn event_serial_no scn commit_scn lcr_position rs_id ssn redo_thread user_name";

/** Fields of `source` by their name in an attribute: lower case, without underscores. */
const FIELDS: ReadonlyMap<string, string> = new Map(SOURCE.split(" ").map((name) => [name.replaceAll("_", "").toLowerCase(), name]));

const NUMBERS: ReadonlySet<string> = new Set(["ts_ms", "ts_us", "ts_ns"]);

/**
 * The envelope of a change that Debezium's CloudEvents converter wrote: there operation and source are attributes, and the data has the rows alone.
 * https://debezium.io/documentation/reference/stable/integrations/cloudevents.html
 * @returns the data as it is where the attributes are not Debezium's.
 */
export function debeziumCloudEvent(attributes: Row, data: Row): Value {
  const op = own(attributes, `${PREFIX}op`);
  if (op === undefined) return data;
  const isWrapped = Object.hasOwn(data, "payload");
  const rows = isWrapped ? own(data, "payload") : data;
  const total = own(attributes, `${PREFIX}txtotalorder`) ?? null;
  const payload: Row = {
    ...(isRow(rows) ? rows : {}),
    op,
    source: sourceFrom(attributes),
    transaction: total === null ? null : { total_order: total },
  };
  return isWrapped ? { ...data, payload } : payload;
}

function sourceFrom(attributes: Row): Row {
  const told = Object.entries(attributes).flatMap(([name, value]): readonly [string, Value][] => {
    const field = name.startsWith(PREFIX) ? FIELDS.get(name.slice(PREFIX.length).toLowerCase()) : undefined;
    if (field === undefined || value === null) return [];
    return [[field, NUMBERS.has(field) && typeof value === "string" ? Number(value) : value]];
  });
  return rowFrom(told);
}
