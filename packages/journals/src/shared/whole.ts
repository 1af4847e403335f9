import type { ChangeEvent } from "@backstitch/core/source";

/** What was undefined is left out of the stored text. */
export function whole(stored: ChangeEvent): ChangeEvent {
  return { ...stored, previousKey: stored.previousKey, before: stored.before, changed: stored.changed };
}
