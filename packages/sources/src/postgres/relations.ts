import type { RowReader } from "./row-reader.ts";

/** The tables as the server last described them, by OID. */
export interface Relations {
  get(id: number): RowReader | undefined;
  /** @param order How many descriptions came before it, wherever they hold. */
  set(id: number, reader: RowReader, order: number): void;
  /** A transaction is read that was described before it ended: what is described in it holds in it. */
  enter(): void;
  /** It has ended: that now holds everywhere, but where something was described later. */
  leave(): void;
}

interface Described {
  readonly reader: RowReader;
  readonly order: number;
}

export function createRelations(): Relations {
  const known = new Map<number, Described>();
  let within: Map<number, Described> | undefined;
  return {
    get: (id) => (within?.get(id) ?? known.get(id))?.reader,
    set: (id, reader, order) => void (within ?? known).set(id, { reader, order }),
    enter: () => (within = new Map()),
    leave() {
      for (const [id, described] of within ?? []) if ((known.get(id)?.order ?? -1) < described.order) known.set(id, described);
      within = undefined;
    },
  };
}
