import type { DeliveryRecord } from "@backstitch/core/journal";
import { expect } from "vitest";

/** Of a lane, exactly the first that is not settled is unblocked, and nothing behind it was tried or settled before it. */
export function checkLanes(records: readonly DeliveryRecord[], when: string): void {
  const inOrder = records.filter((record) => !record.redriven && record.lane !== "");
  for (const [lane, ofLane] of Map.groupBy(inOrder, (record) => record.lane)) {
    const first = ofLane.findIndex(isOpen);
    const open = first === -1 ? [] : ofLane.slice(first);
    const shown = open.map(({ blocked, state }, index) => (index === 0 ? { blocked } : { blocked, state }));
    expect(shown, `${when}: ${lane}`).toEqual(
      open.map((_, index) => (index === 0 ? { blocked: false } : { blocked: true, state: "pending" })),
    );
  }
}

function isOpen({ state }: DeliveryRecord): boolean {
  return state !== "accepted" && state !== "rejected" && state !== "expired" && state !== "dropped";
}
