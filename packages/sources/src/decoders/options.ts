/** What every decoder is told. */
export interface DecodeOptions {
  /** The source's name in the project: what rules give in `on.source`. */
  readonly source: string;
  /** What rules call a table. @default the table's own name */
  readonly collection?: ((table: string) => string) | undefined;
  /** Epoch milliseconds: stands in where a record does not say when it was made. @default Date.now */
  readonly now?: (() => number) | undefined;
}
