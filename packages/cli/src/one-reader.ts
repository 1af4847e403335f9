import type { Observer } from "@backstitch/core/runtime";
import { type Batch, PositionLost, type Positions, type Source } from "@backstitch/core/source";
import type { OpenJournal } from "./journal.ts";

const STANDS_BY = "Another process reads it; this one takes over when that one ends.";

/** Where several processes share the journal: the source as one of them at a time reads it, from where the one before it came to. */
export function oneReader(source: Source, journal: OpenJournal, observer: Observer): Source {
  const { readAlone } = journal;
  if (readAlone === undefined) return source;
  const { name } = source;
  let reads = false;
  return {
    name,
    async read(_, accept, signal) {
      let stoodBy = false;
      const onStandBy = (): void => {
        stoodBy = true;
        observer.sourceState?.(name, "standing-by", STANDS_BY);
      };
      const read = async (alone: AbortSignal): Promise<void> => {
        if (stoodBy) observer.sourceState?.(name, "reading", undefined);
        reads = true;
        const from = await journal.positions(name);
        const mine = new Map(from);
        const record = async (batch: Batch): Promise<void> => {
          await accept(batch);
          mine.set(batch.partition, batch.to);
        };
        try {
          await source.read(from, record, alone);
        } catch (error) {
          throw error instanceof PositionLost && isElsewhere(mine, await journal.positions(name)) ? readOn(name) : error;
        } finally {
          reads = false;
        }
      };
      await readAlone(name, read, { signal, onStandBy });
    },
    extent: async (from, signal) => (reads ? source.extent?.(from, signal) : undefined),
  };
}

/** Whoever had not yet heard that it reads no more may have recorded what the one after it then misses. */
function isElsewhere(mine: Positions, now: Positions): boolean {
  return [...now].some(([partition, position]) => mine.get(partition) !== position);
}

function readOn(name: string): Error {
  return new Error(`Source "${name}" was read on by the process before this one; it is read again from where that one came to.`);
}
