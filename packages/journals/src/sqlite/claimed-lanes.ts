import type { StatementSync } from "node:sqlite";

/** Which lanes have a delivery under a claim: as many as are being attempted, so they are kept in memory and not in the lanes' index. */
export interface ClaimedLanes {
  isClaimed(lane: string): boolean;
  mark(lane: string, claimed: boolean): void;
  /** After a rollback: they are read again when they are next asked for. */
  forget(): void;
}

const CLAIMED = "SELECT lane FROM delivery WHERE state > 2 AND state IN (3, 4) AND redriven = 0";

export function claimedLanes(sql: (text: string) => StatementSync): ClaimedLanes {
  let known: Set<string> | undefined;
  const lanes = (): Set<string> => (known ??= new Set((sql(CLAIMED).all() as { lane: string }[]).map((row) => row.lane)));
  return {
    isClaimed: (lane) => lanes().has(lane),
    mark: (lane, claimed) => void (claimed ? lanes().add(lane) : lanes().delete(lane)),
    forget: () => void (known = undefined),
  };
}
