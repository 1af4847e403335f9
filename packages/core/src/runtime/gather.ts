/** How many calls are gathered into one, and for how long. */
export interface GatherOptions {
  /** The shortest time that items are gathered. Milliseconds. */
  readonly delayMs: number;
  /** Most items of one flush. */
  readonly most: number;
}

/** Between two flushes passes so many times what a flush takes: a slow disk makes batches larger, not everything slower. */
const REST_FACTOR = 3;
const LONGEST_DELAY_MS = 25;

/**
 * Turns many single calls into few batched ones: items that come within `delayMs`, or while a flush is under way, go together.
 * One flush at a time. `flush` answers with one result an item, in order; where it rejects, every caller of that batch is rejected.
 */
export function gather<Item, Result>(
  flush: (items: readonly Item[]) => Promise<readonly Result[]>,
  { delayMs, most }: GatherOptions,
): (item: Item) => Promise<Result> {
  let waiting: { readonly item: Item; readonly caller: PromiseWithResolvers<Result> }[] = [];
  let busy = false;

  async function flushSome(): Promise<void> {
    const began = performance.now();
    const batch = waiting.splice(0, most);
    try {
      const results = await flush(batch.map(({ item }) => item));
      batch.forEach(({ caller }, index) => caller.resolve(results[index] as Result));
    } catch (error) {
      batch.forEach(({ caller }) => caller.reject(error));
    }
    const tookMs = performance.now() - began;
    schedule(waiting.length >= most ? 0 : Math.min(LONGEST_DELAY_MS, Math.max(delayMs, tookMs * REST_FACTOR)));
  }

  function schedule(ms: number): void {
    setTimeout(() => {
      busy = waiting.length > 0;
      if (busy) void flushSome();
    }, ms);
  }

  return (item) => {
    const caller = Promise.withResolvers<Result>();
    waiting.push({ item, caller });
    if (!busy) {
      busy = true;
      schedule(delayMs);
    }
    return caller.promise;
  };
}
