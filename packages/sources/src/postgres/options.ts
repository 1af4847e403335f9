import type { Secret } from "@backstitch/core/connector";

export interface PostgresSourceOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** `postgres://user:password@host:port/database`; the user needs the REPLICATION attribute. */
  readonly connectionString: string | Secret;
  /** The logical replication slot that keeps the place. @default backstitch_<name> */
  readonly slot?: string;
  /** The publication that names the tables. @default the slot's name */
  readonly publication?: string;
  /**
   * Tables whose rows are read once, beside the log and as events of origin `snapshot`: when they are first named here, or `"all"` of the publication.
   * @default none
   */
  readonly snapshot?: readonly string[] | "all";
  /** How much goes to the journal at once. */
  readonly batch?: {
    /** @default 500 */
    readonly events?: number;
    /** Bytes as sent by the server. @default 4194304 (4 MB) */
    readonly bytes?: number;
  };
  /** At most how long the position stands still while only other tables change. Milliseconds. @default 10000 */
  readonly heartbeatMs?: number;
  /**
   * How long a server that was asked to answer may be silent before the connection counts as dead; never less than twice
   * its `wal_sender_timeout`. Milliseconds. @default 300000 (5 minutes)
   */
  readonly silenceMs?: number;
  /** Beyond how much log that the server keeps for the slot it is warned of. Bytes. @default 1073741824 (1 GiB) */
  readonly lagWarning?: number;
  /**
   * Whether the slot is copied to standbys, so that reading goes on after a failover (PostgreSQL 17 and later). True: `setupPostgres` makes it so,
   * also where the slot is there already, and one that is not is SourceMisconfigured. @default a slot that is made is copied where the server can
   */
  readonly failover?: boolean;
  /**
   * Whether the server sends large transactions before they end (PostgreSQL 14 and later). What is not committed is kept here, beyond 16 MB in
   * a temporary file, and no event comes of it before the commit. @default true
   */
  readonly streaming?: boolean;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
}

/** The options with every default filled in. */
export interface Settings {
  readonly name: string;
  readonly connectionString: string;
  readonly slot: string;
  readonly publication: string;
  readonly snapshot: readonly string[] | "all";
  readonly batch: { readonly events: number; readonly bytes: number };
  readonly heartbeatMs: number;
  readonly silenceMs: number;
  readonly lagWarning: number;
  /** Undefined: where the server can. */
  readonly failover: boolean | undefined;
  readonly streaming: boolean;
  readonly clock: () => number;
}

export function settingsOf(options: PostgresSourceOptions): Settings {
  const { name, connectionString, slot = defaultSlot(name), publication = slot, batch } = options;
  const { lagWarning = 1024 ** 3, failover } = options;
  const { snapshot = [], heartbeatMs = 10_000, silenceMs = 300_000, streaming = true, clock = Date.now } = options;
  return {
    name,
    connectionString: typeof connectionString === "string" ? connectionString : connectionString.reveal(),
    slot,
    publication,
    snapshot,
    batch: { events: batch?.events ?? 500, bytes: batch?.bytes ?? 4 * 1024 * 1024 },
    heartbeatMs,
    silenceMs,
    lagWarning,
    failover,
    streaming,
    clock,
  };
}

/** Slot names are lower-case letters, digits and underscores, at most 63 of them. */
function defaultSlot(name: string): string {
  return `backstitch_${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_")}`.slice(0, 63);
}
