/** How far the snapshot of one table has come. Written as JSON; the key's values are in it as the server prints them. */
export interface SnapshotPosition {
  /** Rows that were recorded. */
  readonly rows: number;
  /** The key of the last row that was read; absent before the first. */
  readonly after?: readonly string[];
  /** By which columns the rows are in order: see {@link SnapshotTable.order}. Absent where `after` is. */
  readonly order?: string;
  readonly done?: true;
  /** Why it ended before it was done. */
  readonly failed?: string;
}

/** One table of one snapshot: it has a partition of its own. */
export interface SnapshotName {
  /** Which snapshot; {@link INITIAL} for what is configured. Without a slash. */
  readonly id: string;
  readonly collection: string;
}

/** The snapshot of the tables that the source's configuration names. */
export const INITIAL = "initial";

export function partitionOf({ id, collection }: SnapshotName): string {
  return `snapshot/${id}/${collection}`;
}

/** `undefined`: the partition is not of a snapshot. */
export function parsePartition(partition: string): SnapshotName | undefined {
  const [, id, collection] = /^snapshot\/([^/]+)\/(.+)$/s.exec(partition) ?? [];
  return id === undefined || collection === undefined ? undefined : { id, collection };
}

export function formatSnapshotPosition(position: SnapshotPosition): string {
  return JSON.stringify(position);
}

/** `undefined`: the text is not a position of a snapshot. */
export function parseSnapshotPosition(text: string): SnapshotPosition | undefined {
  try {
    const position = JSON.parse(text) as Partial<SnapshotPosition> | null;
    return Number.isSafeInteger(position?.rows) ? (position as SnapshotPosition) : undefined;
  } catch {
    return undefined;
  }
}

export function isEnded({ done, failed }: SnapshotPosition): boolean {
  return done === true || failed !== undefined;
}

/** How far a table of a snapshot has come, for people. */
export interface SnapshotState extends SnapshotName {
  readonly state: "reading" | "done" | "failed";
  /** Recorded so far. */
  readonly rows: number;
  /** Why it failed; holds no values of rows. */
  readonly reason: string | undefined;
}

/** What a position of a postgres source says of a snapshot; undefined: it is not of one. */
export function snapshotState(partition: string, text: string): SnapshotState | undefined {
  const name = parsePartition(partition);
  const at = parseSnapshotPosition(text);
  if (name === undefined || at === undefined) return undefined;
  const state = at.done === true ? "done" : at.failed === undefined ? "reading" : "failed";
  return { ...name, state, rows: at.rows, reason: at.failed };
}
