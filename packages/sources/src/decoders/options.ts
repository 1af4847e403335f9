import type { Value } from "@backstitch/core/values";

/** What every decoder is told. */
export interface DecodeOptions {
  /** The source's name in the project: what rules give in `on.source`. */
  readonly source: string;
  /** What rules call a table. @default the table's own name */
  readonly collection?: ((table: string) => string) | undefined;
  /** Epoch milliseconds: stands in where a record does not say when it was made. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** What the carrier calls this record, the same however often it is sent (a message id, a sequence number): stands in where a shape has no ids of its own. @default none */
  readonly id?: string | undefined;
  /** The message's key: as a Kafka topic has it (JSON text or its bytes), or parsed. Null: the message has none, since the table has none. @default not known */
  readonly key?: Value | Uint8Array | undefined;
  /** The primary key's fields by collection, for shapes that do not tell them. @default `id` where a row has one */
  readonly keys?: { readonly [collection: string]: readonly string[] } | undefined;
}
