import type { Row } from "../values/value.ts";

/** What happened to the row or document. */
export type Operation = "insert" | "update" | "replace" | "delete";

/** One committed change of one row or document, in one shape whatever the source. */
export interface ChangeEvent {
  /** The same change has the same id on every read, and no other change ever has it. */
  readonly id: string;
  /** The source's name in the project. */
  readonly source: string;
  /** Rules see `log` only, unless `on.origins` says otherwise. */
  readonly origin: "log" | "snapshot";
  readonly operation: Operation;
  readonly database: string;
  /** A table is a collection: `inventory` in schema public, else `schema.table`. */
  readonly collection: string;
  /** The primary key; null where there is none. */
  readonly key: Row | null;
  /** An update that changed the key is one update; undefined where the key did not change. */
  readonly previousKey: Row | undefined;
  /** Null after a delete. */
  readonly after: Row | null;
  /** Null before an insert; undefined: the source did not send it. */
  readonly before: Row | null | undefined;
  /**
   * Fields of `after` that exist but were not sent (PostgreSQL's unchanged TOAST); a test that reads one is undecided.
   * `"*"` stands for every field that `after` does not hold: a DynamoDB stream may send the key alone.
   */
  readonly unsent: readonly string[];
  /** Insert: all fields; delete: none; undefined: the source cannot tell. */
  readonly changed: readonly string[] | undefined;
  /** RFC 3339, UTC, microseconds. */
  readonly committedAt: string;
  /** Through how many deliveries this change came to be, as whoever wrote it told: a whole number from 0 to {@link MOST_HOPS}. @default nobody told, which counts as 0 */
  readonly hops?: number | undefined;
}

/** No more are told, here or to far sides. */
export const MOST_HOPS = 1_000;
