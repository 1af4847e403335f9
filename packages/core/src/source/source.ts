import type { ChangeEvent } from "./event.ts";

/** The position of each partition, as the journal keeps it: opaque strings. */
export type Positions = ReadonlyMap<string, string>;

/** A run of changes of one partition, in order. */
export interface Batch {
  readonly source: string;
  readonly partition: string;
  /** The position that this batch goes on from; undefined at a journal's first batch of the partition. */
  readonly from: string | undefined;
  readonly to: string;
  /** May be empty (a heartbeat moves the position); may end inside a large transaction. */
  readonly events: readonly ChangeEvent[];
  /** What came beside them and cannot be read as changes: each becomes a dead letter, and the position moves over it. @default nothing */
  readonly unreadable?: readonly UnreadableRecord[];
}

/** What a source received, or knows that it missed, and cannot send as a change event. */
export interface UnreadableRecord {
  /** The same on every read; no event's and no other record's. */
  readonly id: string;
  /** @default RECORD_UNREADABLE */
  readonly code?: "RECORD_UNREADABLE" | "CHANGES_LOST";
  /** A sentence for people, with the remedy; holds no value of the record, since it is logged. */
  readonly reason: string;
  /** The record as it came; empty where nothing came. */
  readonly raw: Uint8Array;
  /** RFC 3339, UTC, microseconds. */
  readonly receivedAt: string;
}

/** Where changes are read from, in order, from a position that can be resumed. */
export interface Source {
  readonly name: string;
  /**
   * Reads until the signal aborts (then resolves) or the source ends (then resolves) or fails (then rejects).
   * `accept` is called serially per partition; the source acknowledges nothing before `accept` of it has resolved.
   * @throws PositionLost when what the journal has and what the source can still send do not join.
   */
  read(from: Positions, accept: (batch: Batch) => Promise<void>, signal: AbortSignal): Promise<void>;
  /**
   * How far it goes beyond those positions; asked every few seconds beside `read`. Undefined: another process is to tell. Absent: nobody can.
   * @throws where it cannot be found out now; the signal cuts short what takes too long.
   */
  extent?(from: Positions, signal: AbortSignal): Promise<Extent | undefined>;
}

/** How far a source was read, and how far it goes: bytes, counted from one beginning. */
export interface Extent {
  readonly read: number;
  readonly end: number;
  /** Bytes that the far side keeps for this reader and would otherwise be rid of. Undefined: that is not known. */
  readonly kept?: number | undefined;
  /** A sentence for people, as long as it is more than it should be. */
  readonly warning?: string | undefined;
}

/** The source can no longer send what follows the journal's position: changes would be missed. */
export class PositionLost extends Error {
  override readonly name = "PositionLost";
  readonly source: string;
  readonly from: string;
  /** The earliest position that can still be read; undefined where there is none. */
  readonly earliest: string | undefined;

  constructor(source: string, from: string, earliest: string | undefined, why: string) {
    super(`Source "${source}" cannot go on from ${from}: ${why}`);
    this.source = source;
    this.from = from;
    this.earliest = earliest;
  }
}

/** A source cannot be read as it is set up; retrying does not help. The message says what to do. */
export class SourceMisconfigured extends Error {
  override readonly name = "SourceMisconfigured";
}
