import type { Operation } from "@backstitch/core/source";
import type { Shape } from "./registry.ts";

/** What a shape can say at most: which of it comes is up to how its sender is set up. */
export interface ShapeFacts {
  readonly operations: readonly Operation[];
  /** Whether it can have the row as it was before. */
  readonly before: boolean;
}

const ROWS: ShapeFacts = { operations: ["insert", "update", "delete"], before: true };
const DOCUMENTS: ShapeFacts = { operations: ["insert", "update", "replace", "delete"], before: true };

const FACTS: { readonly [Name in Shape]: ShapeFacts } = {
  backstitch: DOCUMENTS,
  debezium: ROWS,
  "debezium-mongodb": DOCUMENTS,
  mongodb: DOCUMENTS,
  "atlas-eventbridge": DOCUMENTS,
  dynamodb: ROWS,
  dms: ROWS,
  neptune: { ...ROWS, before: false },
  supabase: ROWS,
};

/** What rules that read from a source of this shape are held against. */
export function shapeSends(shape: Shape): ShapeFacts {
  return FACTS[shape];
}
