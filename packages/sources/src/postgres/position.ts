import { formatLsn, parseLsn, type Lsn } from "./lsn.ts";

/**
 * How far the journal has read. Written `system:timeline:lsn`, where the LSN is the end of the last whole commit;
 * or `system:timeline:lsn:change:index` inside a large transaction, where the LSN is that transaction's commit record,
 * `change` the LSN of the last change taken and `index` its number among the changes that share this LSN.
 */
export interface Position {
  /** The cluster's system identifier: a restored copy keeps it, another cluster never has it. */
  readonly system: string;
  /** Counts the promotions and restores: two timelines share their log up to where they parted. */
  readonly timeline: number;
  readonly lsn: Lsn;
  readonly within: ChangePlace | undefined;
}

/** One change of a transaction: several rows written by one log record share its LSN. */
export interface ChangePlace {
  readonly change: Lsn;
  readonly index: number;
}

/** A change of a transaction as it is counted on: the LSN in halves, since numbers are cheaper than the whole. */
export interface RowPlace {
  /** The LSN of the transaction's commit record. */
  readonly commit: Lsn;
  readonly high: number;
  readonly low: number;
  readonly index: number;
}

export function placeOf({ high, low, index }: RowPlace): ChangePlace {
  return { change: (BigInt(high) << 32n) | BigInt(low), index };
}

export function formatPosition({ system, timeline, lsn, within }: Position): string {
  const commit = `${system}:${timeline}:${formatLsn(lsn)}`;
  return within === undefined ? commit : `${commit}:${formatLsn(within.change)}:${within.index}`;
}

/** `undefined`: the text is not a position of this source. */
export function parsePosition(text: string): Position | undefined {
  const [system = "", timeline = "", lsn = "", change, index, ...rest] = text.split(":");
  const whole = change === undefined;
  if (!/^\d+$/.test(system) || !/^\d+$/.test(timeline) || rest.length > 0 || (!whole && !/^\d+$/.test(index ?? ""))) return undefined;
  try {
    const within = whole ? undefined : { change: parseLsn(change), index: Number(index) };
    return { system, timeline: Number(timeline), lsn: parseLsn(lsn), within };
  } catch {
    return undefined;
  }
}
