import { SourceMisconfigured } from "@backstitch/core/source";
import { connect, type Connection } from "./connect.ts";
import { settingsOf, type PostgresSourceOptions, type Settings } from "./options.ts";
import { isOwn, whyOwn } from "./relation.ts";
import { identifier, literal } from "./sql.ts";
import { type Plan, slotPlans } from "./slot-plans.ts";
import { isFull, lackingIdentity, publishedBy, tablesOf, type Table, type TableNeed, withSnapshots } from "./tables.ts";
import { missingTable } from "./missing-table.ts";

/** One thing that the database must have for the source. */
export interface SetupStep {
  /** A sentence for people. */
  readonly what: string;
  /** How it is, or was, made. */
  readonly sql: string;
  readonly done: "created" | "already there";
}

/**
 * Makes what the source needs and is not there: the publication of exactly these tables, replica identities, and the slot, in this order:
 * what is committed after this resolves is not missed. Safe to repeat.
 * @throws SourceMisconfigured where a table is missing, the slot is of another kind, or the server is not set to wal_level = logical.
 */
export async function setupPostgres(options: PostgresSourceOptions, tables: readonly TableNeed[]): Promise<readonly SetupStep[]> {
  const settings = settingsOf(options);
  const connection = await connect(settings);
  try {
    await requireLogical(connection, settings);
    const steps: SetupStep[] = [];
    for (const plan of await planOf(connection, settings, withSnapshots(tables, settings.snapshot))) {
      if (!plan.there) await carryOut(plan, connection, settings);
      steps.push({ what: plan.what, sql: plan.sql, done: plan.there ? "already there" : "created" });
    }
    return steps;
  } finally {
    await connection.close();
  }
}

async function carryOut({ sql, replication = false }: Plan, connection: Connection, settings: Settings): Promise<void> {
  if (!replication) return void (await connection.query(sql));
  const other = await connect(settings, { replication });
  try {
    await other.query(sql);
  } finally {
    await other.close();
  }
}

async function requireLogical(connection: Connection, { name }: Settings): Promise<void> {
  const [level] = await connection.query("SHOW wal_level");
  if (level?.["wal_level"] === "logical") return;
  throw new SourceMisconfigured(
    `The server of source "${name}" has wal_level = ${level?.["wal_level"]}; it must be logical. Set it in postgresql.conf (or your provider's parameter group) and restart the server.`,
  );
}

async function planOf(connection: Connection, settings: Settings, needs: readonly TableNeed[]): Promise<readonly Plan[]> {
  const known = await tablesOf(connection);
  const wanted = needs.map((need) => ({ need, table: requireTable(settings.name, known, need) }));
  const full = wanted.filter(({ need, table }) => isFull(table, need));
  for (const { table } of full) refuseVirtual(settings.name, table);
  return [
    await publicationPlan(
      connection,
      settings,
      wanted.map(({ table }) => table),
      full.some(({ table }) => table.parts.some(({ generated }) => generated.stored)),
    ),
    ...full.map(({ need, table }) => identityPlan(table, need)),
    ...(await rightPlans(
      connection,
      wanted.filter(({ need }) => hasSnapshot(settings, need)).map(({ table }) => table),
    )),
    // Last: changes before the publication was made cannot be read through it.
    ...(await slotPlans(connection, settings)),
  ];
}

function requireTable(source: string, known: ReadonlyMap<string, Table>, { collection }: TableNeed): Table {
  if (isOwn(collection)) throw new SourceMisconfigured(`Source "${source}": ${whyOwn(collection)}`);
  const table = known.get(collection);
  if (table === undefined) throw new SourceMisconfigured(`Source "${source}": ${missingTable(collection, [...known.keys()])}`);
  return table;
}

function refuseVirtual(source: string, { collection, parts }: Table): void {
  if (!parts.some(({ generated }) => generated.virtual)) return;
  throw new SourceMisconfigured(
    `Source "${source}": table "${collection}" has a generated column that is not stored, and needs REPLICA IDENTITY FULL, under which the server would refuse to update its rows. Make the column STORED, or, where the table has a primary key, let no rule read "before" of it.`,
  );
}

/** Partitions are told of as their parent. */
const VIA_ROOT = "publish_via_partition_root = true";
const GENERATED = "publish_generated_columns = stored";

/** @param generated Whether rows could not be updated if their generated columns were left out. */
async function publicationPlan(
  connection: Connection,
  { publication }: Settings,
  tables: readonly Table[],
  generated: boolean,
): Promise<Plan> {
  const list = tables.map(({ sql }) => sql).join(", ");
  const names = tables.map(({ collection }) => collection).join(", ");
  const what = `Publication "${publication}" names the tables that the rules read: ${names || "none"}.`;
  const [found] = await connection.query(
    `SELECT puballtables AS all, pubviaroot AS via_root, to_jsonb(p)->>'pubgencols' AS generated FROM pg_publication p WHERE pubname = ${literal(publication)}`,
  );
  const create = `CREATE PUBLICATION ${identifier(publication)}${list === "" ? "" : ` FOR TABLE ${list}`} WITH (${generated ? `${VIA_ROOT}, ${GENERATED}` : VIA_ROOT})`;
  if (found === undefined) return { what, sql: create, there: false };
  const published = await publishedBy(connection, literal(publication));
  const same = published.size === tables.length && tables.every(({ collection }) => published.has(collection));
  const changes = [
    ...(found["via_root"] === "t" || !tables.some(({ isPartitioned }) => isPartitioned) ? [] : [`SET (${VIA_ROOT})`]),
    ...(generated && found["generated"] !== "s" ? [`SET (${GENERATED})`] : []),
    ...(same || list === "" || found["all"] === "t" ? [] : [`SET TABLE ${list}`]),
  ];
  if (changes.length === 0) return { what, sql: create, there: true };
  return { what, sql: changes.map((change) => `ALTER PUBLICATION ${identifier(publication)} ${change}`).join("; "), there: false };
}

function identityPlan(table: Table, need: TableNeed): Plan {
  const why = need.needsBefore
    ? "rules read the row as it was before"
    : "nothing else identifies its rows, and it could not be updated once it is published";
  const lacking = lackingIdentity(table, need);
  const parts = lacking.length > 0 ? lacking : table.parts;
  return {
    what: `Table ${table.collection} has REPLICA IDENTITY FULL${table.isPartitioned ? ", as do its partitions" : ""}, since ${why}.`,
    sql: parts.map(({ sql }) => `ALTER TABLE ${sql} REPLICA IDENTITY FULL`).join("; "),
    there: lacking.length === 0,
  };
}

function hasSnapshot({ snapshot }: Settings, { collection }: TableNeed): boolean {
  return snapshot === "all" || snapshot.includes(collection);
}

/** Whoever made a table may read it, and is told no such thing. */
async function rightPlans(connection: Connection, tables: readonly Table[]): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const { collection, sql } of tables) {
    const [right] = await connection.query(`SELECT current_user AS name, has_table_privilege(${literal(sql)}, 'SELECT') AS may`);
    if (right?.["may"] === "t") continue;
    const what = `Table ${collection} may be read by "${right?.["name"]}", since a snapshot of it is made.`;
    plans.push({ what, sql: `GRANT SELECT ON ${sql} TO ${identifier(right?.["name"] ?? "")}`, there: false });
  }
  return plans;
}
