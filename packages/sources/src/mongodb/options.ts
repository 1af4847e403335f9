import type { Secret } from "@backstitch/core/connector";
import { SourceMisconfigured } from "@backstitch/core/source";

export interface MongodbSourceOptions {
  /** The source's name in the project. */
  readonly name: string;
  /** `mongodb://…` or `mongodb+srv://…`, with every option that the driver reads from it. */
  readonly connectionString: string | Secret;
  /** The database that is watched. @default all of the deployment */
  readonly database?: string;
  /** The collection that is watched; takes a `database`. @default all of the database */
  readonly collection?: string;
  /**
   * Where `after` of an update comes from: `default`, nowhere (it holds what the update itself tells); `updateLookup`, the document as it is when the event is
   * read, which may be later; `whenAvailable` and `required`, the document as the update left it, where the collection keeps images. @default default
   */
  readonly fullDocument?: "default" | "updateLookup" | "whenAvailable" | "required";
  /** Whether `before` is sent, from collections that keep images; `required` stops the source where it is missing. @default off */
  readonly fullDocumentBeforeChange?: "off" | "whenAvailable" | "required";
  /** Where the first start begins: RFC 3339, to the second; the oplog must reach back to it. @default now */
  readonly startAt?: string;
  /**
   * What becomes of the source when changes cannot be had any more, or the watched collection was dropped or renamed: it stops with PositionLost, or goes on,
   * and a dead letter says what was missed. @default stop
   */
  readonly onLost?: "stop" | "restart-now";
  /** Whether events over 16 MB are asked for in fragments, which MongoDB 6.0.9 can send. @default where the server is 7.0 or later */
  readonly splitLargeEvents?: boolean;
  /** How much goes to the journal at once. The server sends at most 16 MB at once, and no batch is more than that but for an event that is alone larger. */
  readonly batch?: {
    /** @default 500 */
    readonly events?: number;
  };
  /** At most how long the position stands still while nothing that is watched changes. Milliseconds. @default 10000 */
  readonly heartbeatMs?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly clock?: () => number;
}

/** The options with every default filled in. */
export interface Settings {
  readonly name: string;
  readonly connectionString: string;
  readonly database: string | undefined;
  readonly collection: string | undefined;
  readonly fullDocument: NonNullable<MongodbSourceOptions["fullDocument"]>;
  readonly fullDocumentBeforeChange: NonNullable<MongodbSourceOptions["fullDocumentBeforeChange"]>;
  /** Seconds since 1970. */
  readonly startAt: number | undefined;
  readonly onLost: "stop" | "restart-now";
  readonly splitLargeEvents: boolean | undefined;
  readonly batch: { readonly events: number };
  readonly heartbeatMs: number;
  readonly clock: () => number;
}

/** @throws SourceMisconfigured where two options do not fit, or `startAt` is no time. */
export function settingsOf(options: MongodbSourceOptions): Settings {
  const { name, connectionString, database, collection, startAt, splitLargeEvents, batch } = options;
  const { fullDocument = "default", fullDocumentBeforeChange = "off", onLost = "stop", heartbeatMs = 10_000, clock = Date.now } = options;
  if (collection !== undefined && database === undefined)
    throw new SourceMisconfigured(
      `Source "${name}" has a "collection" without a "database". Add the "database" that the collection is in.`,
    );
  return {
    name,
    connectionString: typeof connectionString === "string" ? connectionString : connectionString.reveal(),
    database,
    collection,
    fullDocument,
    fullDocumentBeforeChange,
    startAt: startAt === undefined ? undefined : secondsOf(name, startAt),
    onLost,
    splitLargeEvents,
    batch: { events: batch?.events ?? 500 },
    heartbeatMs,
    clock,
  };
}

/** The oplog counts in 32 bits. */
const LAST_SECOND = 2 ** 32 - 1;

function secondsOf(name: string, text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
  const seconds = Math.floor(ms / 1_000);
  if (!(seconds > 0 && seconds <= LAST_SECOND))
    throw new SourceMisconfigured(
      `"startAt" of source "${name}" is ${JSON.stringify(text)}; it must be a time like 2026-01-31T12:00:00Z, after 1970 and before 2106.`,
    );
  return seconds;
}
