import type { ChangeEvent } from "@backstitch/core/source";
import type { Cell, OldTuple, RowMessage, Tuple } from "./pgoutput.ts";
import { keyOf, rowOf, type Relation } from "./relation.ts";

/** What an event has from its place in the log and not from its row. */
export type EventFrame = Pick<ChangeEvent, "id" | "source" | "database" | "committedAt" | "hops">;

const NONE: readonly string[] = [];

/** The change event of one row message. */
export function changeEvent(frame: EventFrame, relation: Relation, message: RowMessage): ChangeEvent {
  const { id, source, database, committedAt, hops } = frame;
  const common = { id, source, origin: "log", operation: message.kind, database, collection: relation.collection, hops } as const;
  switch (message.kind) {
    case "insert": {
      const key = keyOf(relation, message.after);
      const row = rowOf(relation, message.after);
      return { ...common, key, previousKey: undefined, after: row, before: null, unsent: NONE, changed: relation.names, committedAt };
    }
    case "delete": {
      const { whole, cells } = message.before;
      const before = whole ? rowOf(relation, cells) : undefined;
      return {
        ...common,
        key: keyOf(relation, cells),
        previousKey: undefined,
        after: null,
        before,
        unsent: NONE,
        changed: NONE,
        committedAt,
      };
    }
    case "update":
      return { ...common, ...updated(relation, message.before, message.after), committedAt };
  }
}

type Updated = Pick<ChangeEvent, "key" | "previousKey" | "after" | "before" | "unsent" | "changed">;

function updated(relation: Relation, old: OldTuple | undefined, sent: Tuple): Updated {
  const cells = old === undefined ? sent : filled(relation, old, sent);
  return {
    key: keyOf(relation, cells),
    previousKey:
      old !== undefined && relation.key.some((index) => old.cells[index] !== cells[index])
        ? (keyOf(relation, old.cells) ?? undefined)
        : undefined,
    after: rowOf(relation, cells),
    before: old?.whole === true ? rowOf(relation, old.cells) : undefined,
    unsent: cells.includes(undefined) ? relation.names.filter((_, index) => cells[index] === undefined) : NONE,
    changed: old?.whole === true ? relation.names.filter((_, index) => cells[index] !== old.cells[index]) : undefined,
  };
}

/** An unchanged TOAST value is in the old row, or in the old key. */
function filled({ key }: Relation, old: OldTuple, sent: Tuple): readonly Cell[] {
  if (!sent.includes(undefined)) return sent;
  return sent.map((cell, index) => (cell === undefined && (old.whole || key.includes(index)) ? old.cells[index] : cell));
}
