/** How a delivery is remembered: `done`: accepted, or a durable dead letter; `uncertain`: an attempt may have happened. */
export type Remembered = "done" | "uncertain";

/** What this container remembers of deliveries. Lost with it: it saves work and repeats, nothing depends on it. */
export interface Container {
  recall(deliveryId: string): Note | undefined;
  note(deliveryId: string, note: Note): void;
}

export interface Note {
  readonly state: Remembered;
  /** What outlasts the container knows it too. */
  readonly isSaved: boolean;
}

/** Twice the largest batch that Lambda hands over. */
const MOST = 20_000;

export function createContainer(): Container {
  const notes = new Map<string, Note>();
  return {
    recall: (deliveryId) => notes.get(deliveryId),
    note(deliveryId, note) {
      notes.delete(deliveryId);
      notes.set(deliveryId, note);
      for (const [oldest] of notes) {
        if (notes.size <= MOST) break;
        notes.delete(oldest);
      }
    },
  };
}
