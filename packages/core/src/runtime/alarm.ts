/** A sleep that can be cut short by ringing; rings between two sleeps are kept. */
export interface Alarm {
  ring(): void;
  /** Resolves after `ms`, or at the next ring, or at once if it rang since the last sleep. */
  sleep(ms: number): Promise<void>;
}

export function createAlarm(): Alarm {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rang = true;
      wake?.();
    },
    async sleep(ms) {
      if (!rang) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, ms);
        await promise;
        clearTimeout(timer);
        wake = undefined;
      }
      rang = false;
    },
  };
}
