import type { Observer } from "@backstitch/core/runtime";
import type { Source } from "@backstitch/core/source";
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
        try {
          await source.read(await journal.positions(name), accept, alone);
        } finally {
          reads = false;
        }
      };
      await readAlone(name, read, { signal, onStandBy });
    },
    extent: async (from, signal) => (reads ? source.extent?.(from, signal) : undefined),
  };
}
