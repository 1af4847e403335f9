import type { Container, Remembered } from "./container.ts";
import type { LayerRecord, PersistenceLayer } from "./layer.ts";
import type { Known } from "./memory.ts";

export interface RecordsOptions {
  readonly container: Container;
  readonly layer: PersistenceLayer;
  /** Milliseconds until Lambda ends the invocation. */
  readonly remaining: () => number;
  readonly now: () => number;
}

/** What a layer keeps of deliveries. Each rejects where the layer does. */
export interface Records {
  stored(deliveryId: string): Promise<Known>;
  begun(deliveryId: string): Promise<Known>;
  saved(deliveryId: string, state: Remembered): Promise<true>;
  /** What was taken over by {@link Records.begun} is settled. */
  givenBack(deliveryId: string): Promise<void>;
  removed(deliveryId: string): Promise<void>;
}

/**
 * A delivery that is begun is "in progress" until its invocation is over; from then on that says that an attempt may have happened. One that is known to
 * be uncertain is "completed" with that word: Powertools knows no third state. It cannot be taken over, so whoever goes on with one has a second record in
 * progress meanwhile, beside it.
 */
export function createRecords({ container, layer, remaining, now }: RecordsOptions): Records {
  /** Deliveries that this invocation has taken over. */
  const takenOver = new Set<string>();

  async function stored(deliveryId: string): Promise<Known> {
    try {
      const known = knownOf(await layer.getRecord(deliveryId), now());
      if (known === "done") container.note(deliveryId, { state: known, isSaved: true });
      return known;
    } catch (error) {
      if (isCalled(error, "IdempotencyItemNotFoundError")) return "new";
      throw error;
    }
  }

  async function put(id: string): Promise<Known> {
    try {
      await layer.saveInProgress(id, Math.max(1, remaining()));
      return "new";
    } catch (error) {
      if (!isCalled(error, "IdempotencyItemAlreadyExistsError")) throw error;
      const { existingRecord } = error as { existingRecord?: LayerRecord };
      return existingRecord === undefined ? "under-way" : knownOf(existingRecord, now());
    }
  }

  return {
    stored,
    async begun(deliveryId) {
      const known = await put(deliveryId);
      if (known !== "uncertain") return known;
      if ((await put(beside(deliveryId))) !== "new") return "under-way";
      takenOver.add(deliveryId);
      // Whoever had it before may have settled it meanwhile.
      const latest = await stored(deliveryId);
      return latest === "new" ? "uncertain" : latest;
    },
    async saved(deliveryId, state) {
      const here = container.recall(deliveryId);
      if (here?.state === state && here.isSaved) return true;
      container.note(deliveryId, { state, isSaved: false });
      await layer.saveSuccess(deliveryId, state);
      container.note(deliveryId, { state, isSaved: true });
      return true;
    },
    async givenBack(deliveryId) {
      if (takenOver.delete(deliveryId)) await layer.deleteRecord(beside(deliveryId));
    },
    removed: (deliveryId) => layer.deleteRecord(deliveryId),
  };
}

function beside(deliveryId: string): string {
  return `${deliveryId}/again`;
}

function knownOf(record: LayerRecord, now: number): Known {
  const status = record.getStatus();
  if (status === "EXPIRED") return "new";
  if (status === "COMPLETED") return (record.getResponse() as Remembered) === "uncertain" ? "uncertain" : "done";
  return now <= (record.inProgressExpiryTimestamp ?? 0) ? "under-way" : "uncertain";
}

function isCalled(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
