import { PositionLost, type Positions } from "@backstitch/core/source";
import type { Connection } from "../connect.ts";
import type { Settings } from "../options.ts";
import { literal } from "../sql.ts";
import { isOwn } from "../relation.ts";
import { publishedBy } from "../tables.ts";
import {
  INITIAL,
  isEnded,
  parsePartition,
  parseSnapshotPosition,
  partitionOf,
  type SnapshotName,
  type SnapshotPosition,
} from "./position.ts";

/** A table of a snapshot, and how far the journal has it. */
export interface Job extends SnapshotName {
  /** As the journal has it; undefined: it does not know of it. */
  text: string | undefined;
  at: SnapshotPosition;
}

/** The tables that are read, one after the other. */
export interface Jobs {
  /** Returns those of them that are new. */
  add(names: readonly SnapshotName[]): readonly Job[];
  /** The next that the journal knows of and that has not ended. */
  next(): Job | undefined;
}

/**
 * @param wanted What is configured: where it failed, it is tried again.
 * @throws PositionLost where the journal has what is no position of a snapshot.
 */
export function createJobs(source: string, positions: Positions, wanted: readonly string[]): Jobs {
  const jobs = new Map<string, Job>();
  for (const [partition, text] of positions) {
    const name = parsePartition(partition);
    if (name === undefined) continue;
    const at = parseSnapshotPosition(text);
    if (at === undefined) throw new PositionLost(source, partition, undefined, "what the journal has of it is no position of a snapshot.");
    const { failed: _, ...again } = at;
    jobs.set(partition, { ...name, text, at: name.id === INITIAL && wanted.includes(name.collection) ? again : at });
  }
  return {
    add(names) {
      const added = names
        .filter((name) => !jobs.has(partitionOf(name)))
        .map((name): Job => ({ ...name, text: undefined, at: { rows: 0 } }));
      for (const job of added) jobs.set(partitionOf(job), job);
      return added;
    },
    next: () => [...jobs.values()].find(({ at, text }) => text !== undefined && !isEnded(at)),
  };
}

/** The tables that the configuration names. */
export async function wantedTables(connection: Connection, { snapshot, publication }: Settings): Promise<readonly string[]> {
  return snapshot === "all" ? [...(await publishedBy(connection, literal(publication)))].filter((one) => !isOwn(one)) : snapshot;
}
