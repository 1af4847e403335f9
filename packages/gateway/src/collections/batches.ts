import type { Cells, First } from "../postgres/database.ts";

/** Rows that follow each other, a part at a time. */
export interface Batches {
  /** @param wanted There may be fewer, though others follow. */
  next(wanted: number): Promise<Batch>;
}

export interface Batch {
  readonly rows: readonly Cells[];
  /** None follows. */
  readonly isLast: boolean;
}

/** Before it is known how large they are. */
const FIRST_BATCH = 128;
const LARGEST_BATCH = 1_000;
/** Of so many characters, or of one row. */
const MOST_CHARACTERS = 4_194_304;

/** @param select The first of those behind a row; undefined: from the beginning. */
export function createBatches(select: (behind: Cells | undefined, limit: number, characters: number) => Promise<First>): Batches {
  let last: Cells | undefined;
  let fitting = FIRST_BATCH;
  return {
    async next(wanted) {
      const limit = Math.min(wanted, fitting);
      const { rows, characters, isWhole } = await select(last, limit, MOST_CHARACTERS);
      fitting = fittingOf(characters / rows.length);
      last = rows.at(-1) ?? last;
      return { rows, isLast: isWhole && rows.length < limit };
    },
  };
}

/** A power of two, since each limit is a statement of its own to the server. */
function fittingOf(charactersOfOne: number): number {
  const many = MOST_CHARACTERS / charactersOfOne;
  return many >= LARGEST_BATCH ? LARGEST_BATCH : 2 ** Math.max(0, Math.floor(Math.log2(many)));
}
