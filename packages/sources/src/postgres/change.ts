import type { ChangeEvent } from "@backstitch/core/source";
import type { Row } from "@backstitch/core/values";
import { sameCell, UNSENT, type RowBytes, type Spans } from "./row-bytes.ts";
import type { OldTuple, RowMessage } from "./row-message.ts";
import type { RowReader } from "./row-reader.ts";

/** What an event has from its place in the log and not from its row. */
export type EventFrame = Pick<ChangeEvent, "id" | "source" | "database" | "committedAt" | "hops">;

/** Joined by name: spreading it into an event costs as much as reading the row. */
type RowParts = Pick<ChangeEvent, "key" | "previousKey" | "after" | "before" | "unsent" | "changed">;

const NONE: readonly string[] = [];

/** The change event of one row message. */
export function changeEvent(frame: EventFrame, reader: RowReader, message: RowMessage): ChangeEvent {
  const { key, previousKey, after, before, unsent, changed } = partsOf(reader, message);
  return {
    id: frame.id,
    source: frame.source,
    origin: "log",
    operation: message.kind,
    database: frame.database,
    collection: reader.relation.collection,
    hops: frame.hops,
    key,
    previousKey,
    after,
    before,
    unsent,
    changed,
    committedAt: frame.committedAt,
  };
}

function partsOf(reader: RowReader, message: RowMessage): RowParts {
  const { bytes } = message;
  switch (message.kind) {
    case "insert": {
      const key = reader.key(bytes, message.after);
      const after = reader.row(bytes, message.after);
      return { key, previousKey: undefined, after, before: null, unsent: NONE, changed: reader.relation.names };
    }
    case "delete": {
      const { whole, cells } = message.before;
      const key = reader.key(bytes, cells);
      const before = whole ? reader.row(bytes, cells) : undefined;
      return { key, previousKey: undefined, after: null, before, unsent: NONE, changed: NONE };
    }
    case "update":
      return message.before === undefined
        ? updatedAlone(reader, bytes, message.after)
        : updated(reader, bytes, message.before, message.after);
  }
}

function updatedAlone(reader: RowReader, bytes: RowBytes, cells: Spans): RowParts {
  const key = reader.key(bytes, cells);
  const after = reader.row(bytes, cells);
  return { key, previousKey: undefined, after, before: undefined, unsent: unsentOf(reader, cells), changed: undefined };
}

function updated(reader: RowReader, bytes: RowBytes, old: OldTuple, sent: Spans): RowParts {
  const cells = sent.includes(UNSENT) ? filled(reader.relation.key, old, sent) : sent;
  const key = reader.key(bytes, cells);
  const after = reader.row(bytes, cells);
  const same = old.whole ? comparison(reader, bytes, old.cells, cells) : undefined;
  return {
    key,
    previousKey: previousKey(reader, bytes, old, cells),
    after,
    before: same === undefined ? undefined : reader.rowLike(bytes, old.cells, after, same),
    unsent: unsentOf(reader, cells),
    changed: same === undefined ? undefined : reader.relation.names.filter((_, index) => same[index] !== true),
  };
}

function unsentOf({ relation }: RowReader, cells: Spans): readonly string[] {
  return cells.includes(UNSENT) ? relation.names.filter((_, index) => cells[2 * index] === UNSENT) : NONE;
}

/** Which fields have not changed: they are not read twice. */
function comparison({ relation: { names } }: RowReader, bytes: RowBytes, old: Spans, cells: Spans): readonly boolean[] {
  const same: boolean[] = [];
  for (let index = 0; index < names.length; index += 1) same.push(sameCell(bytes, old, cells, index));
  return same;
}

function previousKey(reader: RowReader, bytes: RowBytes, old: OldTuple, cells: Spans): Row | undefined {
  for (const index of reader.relation.key) if (!sameCell(bytes, old.cells, cells, index)) return reader.key(bytes, old.cells) ?? undefined;
  return undefined;
}

/** An unchanged TOAST value is in the old row, or in the old key. */
function filled(key: readonly number[], old: OldTuple, sent: Spans): Spans {
  return sent.map((place, at) => {
    const index = at >> 1;
    return sent[2 * index] === UNSENT && (old.whole || key.includes(index)) ? (old.cells[at] as number) : place;
  });
}
