import type { Note, Pause } from "@backstitch/core/journal";
import type { Memory } from "./memory.ts";

/** Services first, by name. */
export function paused({ pauses }: Memory): Pause[] {
  return [...pauses.values()].sort((left, right) =>
    left.of === right.of ? (left.name < right.name ? -1 : 1) : left.of === "service" ? -1 : 1,
  );
}

export function setPaused({ pauses }: Memory, what: readonly Pick<Pause, "of" | "name">[], note: Note | undefined, now: number): void {
  for (const { of, name } of what) {
    if (note === undefined) pauses.delete(`${of} ${name}`);
    else pauses.set(`${of} ${name}`, { of, name, since: now, by: note.by, reason: note.reason });
  }
}
