import type { Container, Remembered } from "./container.ts";

/** `under-way`: another invocation is at it; `unknown`: it could not be found out. */
export type Known = Remembered | "new" | "under-way" | "unknown";

/** What is known of deliveries that came before, so that records which come again do not repeat them. Never throws. */
export interface Memory {
  recall(deliveryId: string): Promise<Known>;
  /** Before an attempt whose repeat matters: it may be made where this is `new` or `uncertain`. */
  begin(deliveryId: string): Promise<Known>;
  /** Whether it outlasts the container. */
  note(deliveryId: string, state: Remembered): Promise<boolean>;
  /** It was begun, and nothing of it has happened. */
  forget(deliveryId: string): Promise<void>;
}

/** What the container remembers, and nothing beyond it. */
export function containerMemory(container: Container): Memory {
  const recall = (deliveryId: string): Promise<Known> => Promise.resolve(container.recall(deliveryId)?.state ?? "new");
  return {
    recall,
    begin: recall,
    note(deliveryId, state) {
      container.note(deliveryId, { state, isSaved: false });
      return Promise.resolve(false);
    },
    forget: () => Promise.resolve(),
  };
}
