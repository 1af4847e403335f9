/** How many calls are gathered into one, and for how long. */
export interface GatherOptions {
  readonly delayMs: number;
  readonly most: number;
}

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

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      try {
        const results = await flush(batch.map(({ item }) => item));
        batch.forEach(({ caller }, index) => caller.resolve(results[index] as Result));
      } catch (error) {
        batch.forEach(({ caller }) => caller.reject(error));
      }
    }
    busy = false;
  }

  return (item) => {
    const caller = Promise.withResolvers<Result>();
    waiting.push({ item, caller });
    if (!busy) {
      busy = true;
      setTimeout(() => void drain(), delayMs);
    }
    return caller.promise;
  };
}
