/** What this container remembers of deliveries, so that records which come again do not repeat them. Lost with the container: it saves work and repeats, nothing depends on it. */
export interface Memory {
  /** `done`: accepted, or a durable dead letter; `uncertain`: an attempt may have happened. */
  recall(deliveryId: string): "done" | "uncertain" | undefined;
  note(deliveryId: string, state: "done" | "uncertain"): void;
}

/** Twice the largest batch that Lambda hands over. */
const MOST = 20_000;

export function createMemory(): Memory {
  const states = new Map<string, "done" | "uncertain">();
  return {
    recall: (deliveryId) => states.get(deliveryId),
    note(deliveryId, state) {
      states.delete(deliveryId);
      states.set(deliveryId, state);
      for (const [oldest] of states) {
        if (states.size <= MOST) break;
        states.delete(oldest);
      }
    },
  };
}
