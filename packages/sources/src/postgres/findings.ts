import { missingTable } from "./missing-table.ts";
import { sizeOf } from "./size.ts";
import { isFull, lackingIdentity, type Table, type TableNeed } from "./tables.ts";

/** Something about the database that keeps the source from reading, or that a person should know. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** Stable, upper case: `SLOT_MISSING`. */
  readonly code: string;
  /** One sentence that quotes the value; holds no secret. */
  readonly message: string;
  /** What to do, where the message does not say it. */
  readonly remedy?: string;
}

/** What the database was found to be. */
export interface DatabaseState {
  readonly walLevel: string;
  readonly user: string;
  readonly mayReplicate: boolean;
  readonly slot: SlotFacts | undefined;
  readonly publication: PublicationFacts | undefined;
  readonly tables: ReadonlyMap<string, Table>;
}

export interface SlotFacts {
  /** Whether it is a pgoutput slot of this database. */
  readonly ours: boolean;
  readonly lost: boolean;
  /** Of the process that reads it now. */
  readonly activePid: number | undefined;
  /** How much log the server keeps for it. */
  readonly heldBytes: number;
  /** Whether it is copied to standbys; undefined: the server cannot. */
  readonly failover: boolean | undefined;
}

export interface PublicationFacts {
  /** Operations that it leaves out, of insert, update and delete. */
  readonly omits: readonly string[];
  /** Whether it has stored generated columns. */
  readonly generated: boolean;
  readonly collections: ReadonlySet<string>;
}

export interface Wanted {
  readonly slot: string;
  readonly publication: string;
  readonly failover: boolean | undefined;
  /** Bytes. */
  readonly lagWarning: number;
  readonly needs: readonly TableNeed[];
}

const SETUP = 'Run "backstitch setup".';

/** Everything that is wrong, in the order in which a person would mend it. */
export function findingsOf(state: DatabaseState, wanted: Wanted): readonly Finding[] {
  return [
    ...serverFindings(state),
    ...publicationFindings(state, wanted),
    ...wanted.needs.flatMap((need) => [...tableFindings(state, wanted, need), ...generatedFindings(state, wanted, need)]),
    ...slotFindings(state, wanted),
    ...copyFindings(state, wanted),
  ];
}

function error(code: string, message: string, remedy: string): Finding {
  return { severity: "error", code, message, remedy };
}

function* serverFindings({ walLevel, user, mayReplicate }: DatabaseState): Generator<Finding> {
  if (walLevel !== "logical") {
    yield error(
      "WAL_LEVEL",
      `The server has wal_level = ${walLevel}; it must be logical.`,
      "Set it in postgresql.conf (or your provider's parameter group) and restart the server.",
    );
  }
  if (!mayReplicate) {
    yield error("USER_MAY_NOT_REPLICATE", `User "${user}" may not start replication.`, `ALTER ROLE "${user}" REPLICATION, as a superuser.`);
  }
}

function* publicationFindings({ publication }: DatabaseState, wanted: Wanted): Generator<Finding> {
  const name = `Publication "${wanted.publication}"`;
  if (publication === undefined) yield error("PUBLICATION_MISSING", `${name} does not exist.`, SETUP);
  else if (publication.omits.length > 0) {
    const remedy = `ALTER PUBLICATION "${wanted.publication}" SET (publish = 'insert, update, delete, truncate').`;
    yield error("PUBLICATION_OMITS_OPERATION", `${name} leaves out ${publication.omits.join(" and ")}: rules on those never run.`, remedy);
  }
}

function* tableFindings({ tables, publication }: DatabaseState, { publication: name }: Wanted, need: TableNeed): Generator<Finding> {
  const { collection } = need;
  const table = tables.get(collection);
  if (table === undefined) {
    yield error("TABLE_MISSING", missingTable(collection, [...tables.keys()]), 'Create the table, or mend "collection" in the rule.');
    return;
  }
  if (publication !== undefined && !publication.collections.has(collection)) {
    yield error("PUBLICATION_OMITS_TABLE", `Publication "${name}" does not have table "${collection}".`, SETUP);
  }
  const [lacking] = lackingIdentity(table, need);
  if (lacking === undefined) return;
  const subject = lacking.sql === table.sql ? `Table "${collection}"` : `Partition ${lacking.sql} of table "${collection}"`;
  const why = need.needsBefore
    ? "a rule reads the row as it was before, which the server then does not send"
    : "nothing else identifies its rows, so that UPDATE and DELETE fail once it is published";
  yield error("REPLICA_IDENTITY_MISSING", `${subject} is not REPLICA IDENTITY FULL, and ${why}.`, SETUP);
}

function* generatedFindings({ tables, publication }: DatabaseState, wanted: Wanted, need: TableNeed): Generator<Finding> {
  const table = tables.get(need.collection);
  if (table === undefined || publication === undefined || !isFull(table, need)) return;
  const refused = "under REPLICA IDENTITY FULL the server refuses to update its rows";
  if (table.parts.some(({ generated }) => generated.virtual)) {
    const remedy = 'Make it STORED, or, where the table has a primary key, let no rule read "before" of it.';
    yield error("GENERATED_COLUMN_VIRTUAL", `Table "${need.collection}" has a generated column that is not stored: ${refused}.`, remedy);
  } else if (!publication.generated && table.parts.some(({ generated }) => generated.stored)) {
    const message = `Publication "${wanted.publication}" leaves out a generated column of table "${need.collection}": ${refused}.`;
    yield error("GENERATED_COLUMN_UNPUBLISHED", message, SETUP);
  }
}

function* slotFindings({ slot }: DatabaseState, wanted: Wanted): Generator<Finding> {
  const name = `Replication slot "${wanted.slot}"`;
  const drop = `SELECT pg_drop_replication_slot('${wanted.slot}')`;
  if (slot === undefined) yield error("SLOT_MISSING", `${name} does not exist.`, SETUP);
  else if (!slot.ours)
    yield error("SLOT_FOREIGN", `${name} is not a pgoutput slot of this database.`, 'Name another one in the source\'s "slot".');
  else if (slot.lost)
    yield error(
      "SLOT_LOST",
      `${name} is lost: the server removed log that it needed.`,
      `${drop}; then run "backstitch setup". Changes since then are missed.`,
    );
  else if (slot.activePid !== undefined) {
    const message = `${name} is being read now (server process ${slot.activePid}).`;
    yield {
      severity: "warning",
      code: "SLOT_IN_USE",
      message,
      remedy: "Stop that reader before you start another one; only one can read a slot.",
    };
  } else if (slot.heldBytes > wanted.lagWarning) {
    const message = `${name} is not being read, and the server keeps ${sizeOf(slot.heldBytes)} of log for it.`;
    yield {
      severity: "warning",
      code: "SLOT_BEHIND",
      message,
      remedy: `Start "backstitch run", or drop the slot before the disk is full: ${drop}.`,
    };
  }
}

function* copyFindings({ slot }: DatabaseState, { slot: slotName, failover }: Wanted): Generator<Finding> {
  if (slot === undefined || !slot.ours || slot.lost || failover === false || slot.failover === true) return;
  const message = `Replication slot "${slotName}" is not copied to standbys.`;
  if (failover === true) yield error("SLOT_NOT_FAILOVER", message, SETUP);
  else if (slot.failover === false) {
    const remedy = `After a failover its position is lost. Say "failover": true and run "backstitch setup", or "failover": false where there is no standby.`;
    yield { severity: "warning", code: "SLOT_NOT_FAILOVER", message, remedy };
  }
}
