import type { DatabaseSync } from "node:sqlite";
import type { DeliveryState } from "@backstitch/core/journal";
import { STATES } from "../shared/states.ts";

/** Raised with every change of the tables below. */
const VERSION = 13;

/** A state is stored as its place among all of them. The SQL below depends on the order: claimable < 3, under a claim 3 and 4, settled > 5. */
export function codeOf(state: DeliveryState): number {
  return STATES.indexOf(state);
}

export function stateOf(code: number): DeliveryState {
  return STATES[code] ?? "pending";
}

/**
 * `delivery` holds only what is small and changes, since SQLite rewrites a row whole; arguments live in `payload`.
 * `delivery.next_at` is when the journal looks at the row next: claimable from then (pending, waiting, uncertain),
 * the lease's end (claimed, started), or when something of it is forgotten (settled). Null: held.
 * A query that shall use a partial index repeats the index's own condition, word for word.
 * `delivery.queued`: it waits in its lane. One under a claim is not queued: most are claimed as they are recorded and settled soon after,
 * and never touch the lanes' index, whose pages are as many as its rows.
 * Deliveries of one lane that were redriven are a lane of their own.
 * `event.unmatched`: nothing refers to it. `recent`: the last events that matched nothing, a row for each batch.
 */
const TABLES = `
  CREATE TABLE owner (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    started_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE position (
    source TEXT NOT NULL,
    partition TEXT NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (source, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tally (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE event (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at INTEGER NOT NULL,
    body TEXT,
    undecided TEXT
  ) STRICT;
  CREATE TABLE delivery (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    event INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    service TEXT,
    lane TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    state INTEGER NOT NULL,
    next_at INTEGER,
    blocked INTEGER NOT NULL,
    queued INTEGER NOT NULL,
    redriven INTEGER NOT NULL DEFAULT 0,
    purged INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    claim INTEGER NOT NULL,
    claims INTEGER NOT NULL,
    uncertain INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX delivery_id ON delivery (id);
  CREATE INDEX delivery_event ON delivery (event);
  CREATE INDEX delivery_lane ON delivery (lane) WHERE queued = 1;
  CREATE INDEX delivery_ready ON delivery (service, next_at) WHERE state < 3 AND blocked = 0;
  CREATE INDEX delivery_next ON delivery (state, next_at) WHERE state > 2;
  CREATE INDEX event_undecided ON event (recorded_at) WHERE undecided IS NOT NULL;
  CREATE TABLE payload (delivery INTEGER PRIMARY KEY, args TEXT NOT NULL) STRICT;
  CREATE TABLE outcome (
    delivery INTEGER NOT NULL,
    claim INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (delivery, claim)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO owner VALUES (1, 0, 0, '', 0);
  PRAGMA user_version = 2;
`;

/** Version 3: what is kept of events that matched nothing. */
const UNMATCHED = `
  ALTER TABLE event ADD COLUMN unmatched INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX event_unmatched ON event (recorded_at) WHERE unmatched = 1;
  CREATE TABLE recent (seq INTEGER PRIMARY KEY, events INTEGER NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
  PRAGMA user_version = 3;
`;

/** Version 4: how long a delivery has been tried. */
const TRIED = "ALTER TABLE delivery ADD COLUMN tried_at INTEGER; PRAGMA user_version = 4;";

/** In which a delivery waits for an earlier one. Whatever moves a delivery, the number of such lanes follows. */
const WAITS = "blocked = 1 AND queued = 1";

/** Version 5: which lanes are blocked, and since when. */
const BLOCKED = `
  CREATE INDEX delivery_blocked ON delivery (recorded_at) WHERE ${WAITS};
  CREATE TRIGGER lane_blocked AFTER INSERT ON delivery
    WHEN new.blocked = 1 AND new.queued = 1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE lane = new.lane AND ${WAITS} AND seq <> new.seq)
    BEGIN UPDATE tally SET n = n + 1 WHERE name = 'blocked lanes'; END;
  CREATE TRIGGER lane_free AFTER UPDATE OF blocked, queued ON delivery
    WHEN old.blocked = 1 AND old.queued = 1 AND NOT (new.blocked = 1 AND new.queued = 1)
      AND NOT EXISTS (SELECT 1 FROM delivery WHERE lane = new.lane AND ${WAITS})
    BEGIN UPDATE tally SET n = n - 1 WHERE name = 'blocked lanes'; END;
  INSERT INTO tally SELECT 'blocked lanes', count(DISTINCT lane) FROM delivery WHERE ${WAITS};
  PRAGMA user_version = 5;
`;

/**
 * Version 6: what is counted by the limits of rules, a row for each delivery and quota. `admitted.counted` is a hash, by the key of `secret`,
 * of what a quota counts.
 */
const ADMITTED = `
  CREATE TABLE admitted (
    counted BLOB NOT NULL,
    delivery INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (counted, delivery)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX admitted_latest ON admitted (counted, until);
  CREATE INDEX admitted_old ON admitted (until);
  CREATE TABLE secret (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL) STRICT;
  INSERT INTO secret VALUES (1, randomblob(32));
  PRAGMA user_version = 6;
`;

const WAITS_NEW = "(new.blocked = 1 AND new.queued = 1)";
const WAITED = "(old.blocked = 1 AND old.queued = 1)";
const OTHER_WAITS = `EXISTS (SELECT 1 FROM delivery WHERE lane = new.lane AND redriven = new.redriven AND ${WAITS} AND seq <> new.seq)`;
const COUNT_LANE = "UPDATE tally SET n = n";
const OF_LANES = "WHERE name = 'blocked lanes'";

/**
 * Version 7: what was redriven waits in a lane, too; of those that were redriven before, each goes as it would have.
 * `pause`: the services and rules that are paused. `delivery.blocked` is 2 where nothing but its paused rule holds a delivery up.
 * `entry.uses`: how many deliveries belong to it.
 */
const REDRIVEN_AND_PAUSED = `
  UPDATE delivery SET queued = 1 WHERE redriven = 1 AND (state < 3 OR state = 5);
  DROP INDEX delivery_lane;
  CREATE INDEX delivery_lane ON delivery (lane, redriven) WHERE queued = 1;
  DROP TRIGGER IF EXISTS lane_blocked;
  DROP TRIGGER IF EXISTS lane_free;
  CREATE TRIGGER lane_blocked AFTER INSERT ON delivery WHEN ${WAITS_NEW} AND NOT ${OTHER_WAITS} BEGIN ${COUNT_LANE} + 1 ${OF_LANES}; END;
  CREATE TRIGGER lane_blocked_again AFTER UPDATE OF blocked, queued ON delivery
    WHEN ${WAITS_NEW} AND NOT ${WAITED} AND NOT ${OTHER_WAITS} BEGIN ${COUNT_LANE} + 1 ${OF_LANES}; END;
  CREATE TRIGGER lane_free AFTER UPDATE OF blocked, queued ON delivery
    WHEN ${WAITED} AND NOT ${WAITS_NEW} AND NOT ${OTHER_WAITS} BEGIN ${COUNT_LANE} - 1 ${OF_LANES}; END;
  CREATE INDEX delivery_parked ON delivery (entry) WHERE blocked = 2;
  CREATE TABLE pause (
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    since INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (what, name)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE entry ADD COLUMN uses INTEGER NOT NULL DEFAULT 0;
  UPDATE entry SET uses = n FROM (SELECT entry AS used, count(*) AS n FROM delivery GROUP BY entry) WHERE seq = used;
  CREATE INDEX entry_unused ON entry (seq) WHERE uses = 0;
  PRAGMA user_version = 7;
`;

/** Version 8: what deliveries are told of their event. `event.trace` is the `traceparent` of its span. */
const ORIGIN = `
  ALTER TABLE event ADD COLUMN committed_at INTEGER;
  ALTER TABLE event ADD COLUMN trace TEXT;
  PRAGMA user_version = 8;
`;

/** Version 9: what a delivery takes turns by, where a value of its event says it. It is forgotten with the arguments. */
const TURN = "ALTER TABLE payload ADD COLUMN turn TEXT; PRAGMA user_version = 9;";

/**
 * Version 10: what quotas keep back. `delivery.blocked` is 3 where nothing but a quota holds a delivery up, and `quota` names the queue in which it
 * waits, or waited last. `queue`: one row for each that has any: how many its quota lets through, and when it is looked at next. Its name begins with
 * the hash of its limit, and ends with `admitted.counted`.
 */
const QUEUES = `
  ALTER TABLE delivery ADD COLUMN quota TEXT;
  CREATE INDEX delivery_queue ON delivery (quota) WHERE blocked = 3;
  CREATE INDEX delivery_queue_expires ON delivery (expires_at) WHERE blocked = 3 AND expires_at IS NOT NULL;
  CREATE TABLE queue (name TEXT PRIMARY KEY, most INTEGER NOT NULL, look_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_look ON queue (look_at);
  PRAGMA user_version = 10;
`;

/** Version 11: through how many deliveries an event came to be. */
const HOPS = "ALTER TABLE event ADD COLUMN hops INTEGER; PRAGMA user_version = 11;";

/** Version 12: how many deliveries, failed matches among them, were stored for an event and are not forgotten yet. */
const ASKED = `
  ALTER TABLE event ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
  UPDATE event SET asked = n FROM (SELECT event AS of, count(*) AS n FROM delivery GROUP BY event) WHERE seq = of;
  PRAGMA user_version = 12;
`;

/**
 * Version 13: what far sides tell of their own accord. `report`: of a delivery what stands; `open`: it was neither settled when that came, nor accepted
 * because of it. `suppression.recipient` is a hash, by the key of `secret`, of a service and a recipient; `since` and `lifted_at` say when it was last
 * said that it is sent nothing, and that it is again.
 */
const REPORTS = `
  CREATE TABLE report (
    delivery INTEGER PRIMARY KEY,
    standing TEXT NOT NULL,
    at INTEGER NOT NULL,
    code TEXT,
    reason TEXT,
    receipt TEXT,
    open INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX report_standing ON report (standing);
  CREATE INDEX report_open ON report (delivery) WHERE open = 1;
  CREATE TABLE suppression (
    recipient BLOB PRIMARY KEY,
    service TEXT NOT NULL,
    shown TEXT NOT NULL,
    code TEXT,
    since INTEGER NOT NULL,
    delivery TEXT,
    lifted_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX suppression_since ON suppression (since) WHERE code IS NOT NULL AND since > lifted_at;
  CREATE INDEX suppression_lifted ON suppression (lifted_at) WHERE lifted_at >= since;
  PRAGMA user_version = 13;
`;

/** Which schema the file has: 0 for an empty file. @throws Error when a newer Backstitch made it. */
function schemaVersion(db: DatabaseSync, path: string): number {
  const row = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (row.user_version > VERSION) {
    throw new Error(
      `The journal ${JSON.stringify(path)} was written by a newer Backstitch (format ${row.user_version}, here ${VERSION}). Update Backstitch.`,
    );
  }
  return row.user_version;
}

/** What a file of each version lacks of the next. */
const STEPS: Readonly<Record<number, string>> = {
  1: "ALTER TABLE delivery ADD COLUMN expires_at INTEGER; PRAGMA user_version = 2;",
  2: UNMATCHED,
  3: TRIED,
  4: BLOCKED,
  5: ADMITTED,
  6: REDRIVEN_AND_PAUSED,
  7: ORIGIN,
  8: TURN,
  9: QUEUES,
  10: HOPS,
  11: ASKED,
  12: REPORTS,
};

/** Makes the tables in an empty file, or brings those of an older one up to date. */
export function prepareSchema(db: DatabaseSync, path: string): void {
  for (let version = schemaVersion(db, path); version < VERSION; version = schemaVersion(db, path)) {
    db.exec(`BEGIN IMMEDIATE; ${STEPS[version] ?? TABLES} COMMIT`);
  }
}

/** Whether the tables are there. @throws Error where an older Backstitch made them. */
export function hasSchema(db: DatabaseSync, path: string): boolean {
  const version = schemaVersion(db, path);
  if (version === 0 || version === VERSION) return version === VERSION;
  throw new Error(`The journal ${JSON.stringify(path)} was written by an older Backstitch: "backstitch run" brings it up to date.`);
}
