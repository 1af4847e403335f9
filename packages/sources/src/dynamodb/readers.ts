import type { Place } from "./place.ts";
import type { StreamRun } from "./run.ts";
import { readShard } from "./shard.ts";

/** The shards that are being read. */
export interface Readers {
  /** Unless it is being read. */
  start(shard: string, place: Place): void;
  running(): number;
  /** How many ended since the last call. */
  ended(): number;
  /** Resolves when one ends or fails, after so many milliseconds, or at once if one has ended since {@link ended} was called. */
  untilOneEnds(ms: number): Promise<void>;
  /** Stops all; the first failure is the one that counts. */
  fail(error: unknown): void;
  /** Resolves when none is running. @throws the first failure */
  settle(): Promise<void>;
}

export function createReaders(run: StreamRun, iterators: ReadonlyMap<string, string>): Readers {
  const { settings, signal, stop } = run;
  const running = new Map<string, Promise<void>>();
  const first = new Map(iterators);
  let ended = 0;
  let nap = new AbortController();
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    stop();
    nap.abort();
  }

  async function read(shard: string, place: Place): Promise<void> {
    const iterator = first.get(shard);
    first.delete(shard);
    try {
      await readShard(run, shard, place, iterator);
    } catch (error) {
      fail(error);
    }
    running.delete(shard);
    ended += 1;
    nap.abort();
  }

  return {
    start(shard, place) {
      if (!running.has(shard) && !signal.aborted) running.set(shard, read(shard, place));
    },
    running: () => running.size,
    ended() {
      const count = ended;
      ended = 0;
      nap = new AbortController();
      return count;
    },
    untilOneEnds: (ms) => settings.sleep(ms, AbortSignal.any([signal, nap.signal])),
    fail,
    async settle() {
      await Promise.all(running.values());
      if (failure !== undefined) throw failure.error;
    },
  };
}
