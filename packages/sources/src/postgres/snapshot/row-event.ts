import { hash } from "node:crypto";
import type { ChangeEvent } from "@backstitch/core/source";
import { canonicalText } from "@backstitch/core/values";
import { keyOf, rowOf } from "../relation.ts";
import type { Chunk, ChunkRow } from "./chunk.ts";
import type { SnapshotName } from "./position.ts";
import type { Touched } from "./touched.ts";

/** What the events of all rows have in common. */
export interface RowFrame {
  readonly source: string;
  readonly system: string;
  readonly database: string;
  readonly touched: Touched;
}

const NONE: readonly string[] = [];

/** The change event of one row: an insert of all its fields. `undefined`: the log has changed the row since, so that what was read is old. */
export function rowEvent(frame: RowFrame, { id, collection }: SnapshotName, chunk: Chunk, row: ChunkRow): ChangeEvent | undefined {
  const { relation } = chunk.table;
  const key = keyOf(relation, row);
  const keyText = canonicalText(key);
  if (frame.touched.since(chunk.snapshot, keyText)) return undefined;
  return {
    // Keys may be what nobody shall see: ids are shown.
    id: `${frame.system}/snapshot/${id}/${collection}/${hash("sha256", keyText, "base64url").slice(0, 22)}`,
    source: frame.source,
    origin: "snapshot",
    operation: "insert",
    database: frame.database,
    collection,
    hops: undefined,
    key,
    previousKey: undefined,
    after: rowOf(relation, row),
    before: null,
    unsent: NONE,
    changed: relation.names,
    committedAt: chunk.readAt,
  };
}
